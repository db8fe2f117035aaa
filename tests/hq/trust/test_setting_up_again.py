"""Setting up again does no harm, and a mistake in the settings betrays no password."""

import asyncio
import os
import sys
from pathlib import Path

import asyncpg
import pytest

from agent.base.clock import Millis
from agent.domain.trust.document import DocumentKind
from sync.hq.errors import AdminError
from sync.hq.trust.documents import latest
from sync.hq.trust.keys import KeyStore, is_vouched_for, renew_answer_key, root_public_key
from sync.hq.trust.restored import begin_incarnation
from sync.hq.trust.setup import set_up
from sync.hq_keys import HqKeys

NOW = Millis(1_767_240_000_000)


async def test_a_lost_root_key_is_told_and_never_replaced_in_silence(
    database_dsn: str, tmp_path: Path
) -> None:
    connection = await asyncpg.connect(database_dsn)
    try:
        kept = KeyStore(tmp_path / "kept")
        first = await set_up(connection, kept, now=NOW)
        assert (await set_up(connection, kept, now=NOW)).root_key == first.root_key
        with pytest.raises(AdminError, match="no root key"):
            await set_up(connection, KeyStore(tmp_path / "lost"), now=NOW)
        assert not (tmp_path / "lost").exists()
        assert root_public_key(kept) == first.root_key
    finally:
        await connection.close()


async def test_a_key_of_answers_that_the_backup_does_not_know_counts_after_a_restore(
    database_dsn: str, tmp_path: Path
) -> None:
    """Head office signed by another key when the backup was made: its server starts all the same,
    and stores, which hold a later edition, take the new one."""
    connection = await asyncpg.connect(database_dsn)
    try:
        keys = KeyStore(tmp_path / "keys")
        await set_up(connection, keys, now=NOW)
        dates = {"not_before": NOW, "not_after": Millis(NOW + 1), "now": NOW}
        renewed = await renew_answer_key(connection, keys, **dates)
        held = await latest(connection, DocumentKind.KEY_SET)
        await connection.execute("DELETE FROM answer_key WHERE kid = $1", renewed.kid)
        await connection.execute("DELETE FROM signed_document WHERE version > 1")
        own = keys.answer_key()
        assert own is not None
        assert not await is_vouched_for(connection, own)

        await begin_incarnation(connection, keys, now=NOW)

        assert await is_vouched_for(connection, own)
        told = await latest(connection, DocumentKind.KEY_SET)
        assert held is not None
        assert told is not None
        store = HqKeys(keys.root().public_key())
        assert store.take(held)
        assert store.take(told), "its edition leaps over those that are lost"
        assert renewed.kid in store.known()
    finally:
        await connection.close()


async def test_a_dsn_that_cannot_be_read_is_told_without_its_password(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(Path(sys.executable).with_name("store-hq"), "stores", "list"),
        env={
            **os.environ,
            "STORE_HQ_DATABASE__DSN": "postgresql://hq:s3c/ret@127.0.0.1:5432/hq",
            "STORE_HQ_PATHS__KEYS_DIR": str(tmp_path),
        },
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
    )
    _, told = await process.communicate()
    assert process.returncode in (1, 2)
    assert b"dsn" in told
    assert b"s3c" not in told
    assert b"Traceback" not in told
