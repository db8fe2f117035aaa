"""Taking backups from the stores: who may leave one, and where it goes."""

import asyncio
import re
from pathlib import Path

import msgspec
from asyncpg import Connection, Pool

from agent.base.clock import Clock
from agent.base.problem import ProblemError
from sync.hq.access import Caller, same_installation, same_store, spend
from sync.hq.backups.shelf import Shelf
from sync.hq.settings import BackupsSection
from sync.protocol.backups import BackupOffer, BackupStanding

MEGABYTE = 1_000_000
_POSITION = "SELECT epoch, install_id FROM store_position WHERE store = $1"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_OFFSET = re.compile(r"[0-9]{1,15}")
_decoder = msgspec.json.Decoder(BackupOffer)


def shelf_of(settings: BackupsSection) -> Shelf | None:
    """Return the shelf that the settings tell of; None: none is kept."""
    if not settings.directory:
        return None
    quota_bytes = settings.store_quota_mb * MEGABYTE
    return Shelf(Path(settings.directory), keep=settings.keep, quota_bytes=quota_bytes)


class BackupIntake:
    """Answers what stores ask of their backups. The disk is worked on beside the event loop."""

    def __init__(self, *, pool: Pool, clock: Clock, shelf: Shelf | None) -> None:
        self._pool = pool
        self._clock = clock
        self._shelf = shelf

    async def offered(self, caller: Caller, data: bytes) -> BackupStanding:
        """Return how far HQ has the backup that `caller` offers; ProblemError."""
        shelf, store = self._there(), caller.store
        try:
            offer = _decoder.decode(data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise ProblemError(400, "offer_malformed", str(error)[:300]) from None
        same_store(offer.store, caller=store)
        same_store(offer.name.partition("-")[0], caller=store)
        same_installation(offer.install_id, caller)
        async with self._pool.acquire() as connection, connection.transaction():
            await spend(connection, caller)
            await _check_place(connection, offer)
        return await asyncio.to_thread(shelf.offer, offer)

    async def part(self, store: str, sha256: str, offset: str, data: bytes) -> BackupStanding:
        """Take the part at `offset`; ProblemError."""
        shelf = self._there()
        if not _SHA256.fullmatch(sha256) or not _OFFSET.fullmatch(offset):
            raise ProblemError(400, "part_malformed", "expected PUT backups/SHA256?offset=BYTES")
        now = self._clock.wall()
        return await asyncio.to_thread(shelf.take, store, sha256, int(offset), data, now=now)

    def _there(self) -> Shelf:
        if self._shelf is None:
            raise ProblemError(404, "backups_not_kept", "head office keeps no backups of stores")
        return self._shelf


async def _check_place(connection: Connection, offer: BackupOffer) -> None:
    """Another copy or machine with the store's identity takes no good backup's place."""
    row = await connection.fetchrow(_POSITION, offer.store)
    if row["install_id"] not in (None, offer.install_id):
        raise ProblemError(403, "fenced", "another machine has this store's identity")
    if row["epoch"] != offer.epoch:
        raise ProblemError(409, "epoch_mismatch", f"the store's epoch is {row['epoch']}")
