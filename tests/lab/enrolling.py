"""Enrolment without a code: what `store-agent enroll` leaves on a machine, and HQ knows of it."""

from pathlib import Path
from uuid import uuid4

import asyncpg
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.base.clock import Clock, SystemClock
from agent.domain.trust.document import DocumentKind
from sync.enrolment_file import ENROLMENT_FILE, Enrolment, written
from sync.hq.enrolment import take_in
from sync.hq.trust.documents import latest
from sync.hq.trust.keys import KeyStore, root_public_key
from sync.hq_keys import keys_of
from sync.store_key import StoreKey


async def enrol(
    connection: asyncpg.Connection, key_store: KeyStore, store: str, *, install_id: str = ""
) -> Enrolment:
    """Let a machine speak for `store`, and no other; return what it keeps."""
    key, known = Ed25519PrivateKey.generate(), install_id or uuid4().hex
    public_key = key.public_key().public_bytes_raw()
    await take_in(connection, store, known, public_key=public_key, now=SystemClock().wall())
    return Enrolment(
        store=store,
        install_id=known,
        private_key=written(key),
        root_key=root_public_key(key_store),
        key_set=(await latest(connection, DocumentKind.KEY_SET) or b"").hex(),
    )


def of_nobody(store: str, *, root_key: str = "ab" * 32) -> Enrolment:
    """Return the enrolment of a machine that no HQ knows, and that believes none."""
    return Enrolment(
        store=store,
        install_id=uuid4().hex,
        private_key=written(Ed25519PrivateKey.generate()),
        root_key=root_key,
        key_set="",
    )


def keep(enrolment: Enrolment, state_dir: Path) -> None:
    """Leave it where the agent looks for it."""
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = state_dir / ENROLMENT_FILE
    file.touch(mode=0o600)
    file.write_bytes(msgspec.json.encode(enrolment))


def key_of(enrolment: Enrolment, clock: Clock) -> StoreKey:
    """Return how the machine proves itself."""
    return StoreKey(
        enrolment.key,
        install_id=enrolment.install_id,
        answer_keys=keys_of(enrolment).known,
        clock=clock,
    )
