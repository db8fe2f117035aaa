"""What a store finds on its disk after a power loss, starting as it always does."""

import asyncio
import hashlib
from pathlib import Path

from agent.domain.trust.document import DocumentError
from agent.store.errors import StoreError
from agent.store.sqlite import Connection, DatabaseError
from tests.faults.audit import AuditError, audit
from tests.faults.desk import open_desk
from tests.faults.powerloss.survey import DamagedError


def fact(key: str, answer: bytes) -> str:
    """One line: under `key` a client was given `answer`, which tells seq and id."""
    return f"{key} {hashlib.sha256(answer).hexdigest()}"


def examine(state_dir: Path) -> frozenset[str]:
    """Start on `state_dir`, check all of it, and return the facts that a client would hear again.

    Raises DamagedError when the start fails or anything contradicts the journal.
    """
    try:
        return asyncio.run(_facts(state_dir))
    except (DatabaseError, StoreError, DocumentError, AuditError) as damage:
        raise DamagedError(f"{type(damage).__name__}: {damage}") from damage


async def _facts(state_dir: Path) -> frozenset[str]:
    async with open_desk(state_dir) as desk:
        await desk.database.read(audit)
        return await desk.database.read(_told)


def _told(db: Connection) -> frozenset[str]:
    return frozenset(fact(*row) for row in db.execute("SELECT key, answer FROM idempotency"))
