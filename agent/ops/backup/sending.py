"""Sending a backup to head office: in parts, each on HQ's disk before the next, gone on with after
a cut. What is sent is encrypted; HQ has no key for it.
"""

import asyncio
import os
import random
import time
from contextlib import closing
from pathlib import Path

import msgspec

from agent.base.clock import SECOND_MS, Millis, SystemClock
from agent.ops.backup.errors import NotSentError
from agent.ops.backup.target import Note, read_note
from agent.ops.hq_client import own_client
from agent.settings import Settings
from agent.state_dir import DATABASE_FILE
from agent.store.errors import NotFoundedError
from agent.store.house import backup_record
from agent.store.house.backup_record import FailedBackup, GoodBackup
from agent.store.line import sync_state
from agent.store.line.sync_state import SyncState
from agent.store.sqlite import DatabaseError, connect
from sync.client import HqClient
from sync.errors import ContradictionError, FinalError, HqError, TooLargeError
from sync.protocol.backups import BackupOffer, BackupStanding
from sync.protocol.limits import MAX_BACKUP_PART_BYTES
from sync.retry import wait_ms
from sync.waiting import Draw

TRIES = 8
"""Failures in a row, half a minute of them, after which it is left for the next hour."""
REST_AT_MOST_S = 5.0
"""After each part the line is free for as long as that took: events go before backups."""


async def send_backup(settings: Settings, file: Path) -> None:
    """Leave the backup `file` at HQ and keep a record of it, or of why it is not there.

    Raises NotSentError; what HQ has of it by then is not sent again.
    """
    state_dir = Path(settings.paths.state_dir)
    record = backup_record.read(state_dir)
    try:
        note = await _send(settings, file, _offer_of(state_dir, file))
    except (HqError, OSError, DatabaseError, NotFoundedError) as error:
        failure = NotSentError(file, error)
        told = FailedBackup(at=SystemClock().wall(), code=failure.code, detail=str(failure))
        good = record.good if settings.backup.target else record.sent  # one on this disk is none
        backup_record.write(state_dir, msgspec.structs.replace(record, good=good, failed=told))
        raise failure from error
    sent = GoodBackup(
        at=Millis(note.taken_at),
        file=str(file),
        size_bytes=note.size_bytes,
        seq=note.seq,
        took_ms=record.good.took_ms if record.good else 0,
    )
    good = record.good if settings.backup.target else sent
    backup_record.write(
        state_dir, msgspec.structs.replace(record, good=good, sent=sent, failed=None)
    )


def _offer_of(state_dir: Path, file: Path) -> BackupOffer:
    note, state = _note_of(file), _state_of(state_dir)
    return BackupOffer(
        store=note.store,
        install_id=state.install_id,
        epoch=state.epoch,
        name=file.name,
        size_bytes=note.size_bytes,
        sha256=note.sha256,
        taken_at=note.taken_at,
        seq=note.seq,
    )


def _note_of(file: Path) -> Note:
    note = read_note(file)
    if note is None:
        raise FileNotFoundError(f"the note of {file} is gone")
    return note


def _state_of(state_dir: Path) -> SyncState:
    with closing(connect(str(state_dir / DATABASE_FILE), read_only=True)) as db:
        return sync_state.get(db)


async def _send(settings: Settings, file: Path, offer: BackupOffer) -> BackupOffer:
    client = own_client(settings)
    await client.start()
    try:
        await _Sending(client, file, offer).run()
    finally:
        await client.stop()
    return offer


class _Sending:
    """One backup on its way."""

    def __init__(
        self, client: HqClient, file: Path, offer: BackupOffer, *, draw: Draw = random.random
    ) -> None:
        self._client = client
        self._file = file
        self._offer = offer
        self._draw = draw
        self._failures = 0

    async def run(self) -> None:
        """Send until HQ keeps it; raise HqError or OSError."""
        standing: BackupStanding | None = None
        while standing is None or not standing.stored:
            try:
                standing = await self._next(standing)
            except HqError as error:
                await self._wait(error)
                standing = None  # whatever HQ has by now, an offer tells
            else:
                self._failures = 0

    async def _next(self, standing: BackupStanding | None) -> BackupStanding:
        if standing is None:
            return await self._client.offer_backup(self._offer)
        part = await asyncio.to_thread(_read, self._file, standing.received)
        began = time.monotonic()
        after = await self._client.send_backup_part(self._offer.sha256, standing.received, part)
        if not after.stored:
            if after.received <= standing.received:
                raise ContradictionError("part_not_taken", f"still at {after.received} bytes")
            await asyncio.sleep(min(time.monotonic() - began, REST_AT_MOST_S))
        return after

    async def _wait(self, error: HqError) -> None:
        self._failures += 1
        if isinstance(error, FinalError | TooLargeError) or self._failures >= TRIES:
            raise error
        await asyncio.sleep(wait_ms(error, self._failures, draw=self._draw()) / SECOND_MS)


def _read(file: Path, offset: int) -> bytes:
    with file.open("rb") as content:
        return os.pread(content.fileno(), MAX_BACKUP_PART_BYTES, offset)
