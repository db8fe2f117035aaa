"""Setting up again does no harm, and a mistake in the settings betrays no password."""

import asyncio
import os
import sys
from pathlib import Path

import asyncpg
import pytest

from agent.base.clock import Millis
from sync.hq.errors import AdminError
from sync.hq.trust.keys import KeyStore, root_public_key
from sync.hq.trust.setup import set_up

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
