"""Receives batches of events: each event once, with its effects within the store, durably.

The plain case is one statement (ingest.sql). Repeats, gaps, contradictions, refunds, values that
PostgreSQL refuses and journals that were set back take the careful way: one transaction that holds
the store's position.
"""

from collections.abc import Callable, Container
from pathlib import Path
from typing import Final, NamedTuple

from asyncpg import Connection, Pool, Record

from agent.base.clock import Clock
from agent.base.problem import ProblemError
from agent.domain.line.chain import ChainBrokenError, same_fact
from sync.hq.access import Caller, same_store, spend
from sync.hq.database import REFUSED
from sync.hq.intake.closing_keys import strange_closings
from sync.hq.intake.journal import hashes_at, lock_position, offers_of, quarantine
from sync.hq.intake.new_epoch import begin_epoch
from sync.hq.intake.parking import Parking
from sync.hq.intake.received import Received
from sync.hq.intake.repeated_refunds import REFUNDS_KEPT, repeated_refunds
from sync.hq.intake.stock_changes import tell_stock
from sync.protocol.batch import BatchError, Event, decode_batch
from sync.protocol.messages import EventsAnswer, Point, RowResult, RowState

RECEIVE: Final = Path(__file__).with_name("ingest.sql").read_text()

FIRST_EPOCH = 1
"""Only a later one, that began from an earlier place, can bring an event a second time."""

_KNOWN = "event_known"
EVENT_ID_REUSED = "event_id_reused"

_PASS_OVER_KNOWN = "    ON CONFLICT (store, event_id) WHERE NOT duplicate DO NOTHING\n"  # noqa: S105 - SQL

_FIRST_WITH_ID = """
SELECT event_id, seq, line FROM event WHERE store = $1 AND event_id = ANY($2) AND NOT duplicate
"""

_PARK = """
INSERT INTO parked (store, epoch, seq, code, detail, parked_at)
SELECT $1, $2, p.*, $3 FROM unnest($4::bigint[], $5::text[], $6::text[]) AS p (seq, code, detail)
"""


class Ingest:
    """The receiving end of the stores' outboxes; `on_received` is called after each commit."""

    def __init__(self, *, pool: Pool, clock: Clock, on_received: Callable[[], None]) -> None:
        self._pool = pool
        self._clock = clock
        self._on_received = on_received

    async def receive(self, caller: Caller, data: bytes) -> EventsAnswer:
        """Return the answer to the batch `data` of `caller` after its commit; ProblemError."""
        batch = self._decoded(caller.store, data)
        async with self._pool.acquire() as connection:
            outcome = await _receive_plainly(connection, batch, caller)
            if outcome is None:
                outcome = await _receive_carefully(connection, batch, caller)
        self._on_received()
        return EventsAnswer(
            accepted_through=batch.last_seq,
            hash=batch.last_hash.hex(),
            server_time=self._clock.wall(),
            backup_through=outcome.backup_through,
            results=tuple(outcome.results),
        )

    def _decoded(self, store: str, data: bytes) -> Received:
        try:
            head, events = decode_batch(data)
        except BatchError as error:
            raise ProblemError(400, error.code, str(error)) from None
        except ChainBrokenError as error:
            raise ProblemError(400, "chain_broken", str(error)) from None
        if head.first_seq < 1:
            raise ProblemError(400, "batch_head", "first_seq is 1 at least")
        for event in events:
            same_store(event.envelope.store, caller=store)
        return Received.of(
            events,
            store=store,
            epoch=head.epoch,
            prev_hash=bytes.fromhex(head.prev_hash),
            received_at=self._clock.wall(),
        )


class _Outcome(NamedTuple):
    backup_through: int
    results: list[RowResult]


async def _receive_plainly(
    connection: Connection, batch: Received, caller: Caller
) -> _Outcome | None:
    """Receive a batch of a store's first epoch; None, and nothing, if that takes more care."""
    if batch.epoch > FIRST_EPOCH or batch.has_refunds or batch.has_closings:
        return None
    try:
        plainly = RECEIVE.replace(_PASS_OVER_KNOWN, "")
        return await _receive(connection, batch, plainly, caller.nonce, caller.created)
    except REFUSED:
        return None


async def _receive(
    connection: Connection, batch: Received, statement: str, nonce: str = "", created: int = 0
) -> _Outcome | None:
    """Receive a batch that follows from the store's position; None, and nothing, otherwise.

    With a `nonce` the request is spent by it.
    """
    row = await connection.fetchrow(statement, *batch.arguments(), nonce, created)
    if row is None:
        return None
    known = set(row["known"])
    parkings = {seq: why for seq, why in batch.parkings().items() if seq not in known}
    if known:
        reused = await _park_reused(connection, batch, known)
        parkings |= reused
        known -= reused.keys()
    results = [_duplicate(seq, _KNOWN) for seq in known]
    results += [
        RowResult(seq=seq, state=RowState.PARKED, code=parking.code, detail=parking.detail)
        for seq, parking in parkings.items()
    ]
    return _Outcome(row["backup_through"], sorted(results, key=lambda result: result.seq))


async def _park_reused(
    connection: Connection, batch: Received, known: Container[int]
) -> dict[int, Parking]:
    """Park the events, of those `known` by their id, that are others than the first with it."""
    again = [event for event in batch.events if event.envelope.seq in known]
    ids = [event.envelope.event_id for event in again]
    firsts = {
        str(row["event_id"]): row
        for row in await connection.fetch(_FIRST_WITH_ID, batch.store, ids)
    }
    reused = {
        event.envelope.seq: Parking(EVENT_ID_REUSED, f"seq {first['seq']} is another event")
        for event in again
        if not same_fact(event.line, (first := firsts[event.envelope.event_id])["line"])
    }
    if reused:
        columns = zip(*((seq, *why) for seq, why in reused.items()), strict=True)
        await connection.execute(_PARK, batch.store, batch.epoch, batch.received_at, *columns)
    return reused


async def _receive_carefully(connection: Connection, batch: Received, caller: Caller) -> _Outcome:
    try:
        async with connection.transaction():
            return await _receive_locked(connection, batch, caller)
    except _ContradictionError as error:
        await quarantine(
            connection,
            batch.store,
            epoch=batch.epoch,
            event=error.event,
            received_at=batch.received_at,
        )
        raise ProblemError(409, "journal_conflict", str(error)) from None


async def _receive_locked(connection: Connection, batch: Received, caller: Caller) -> _Outcome:
    """Receive what HQ lacks of the batch, after what it has was found to be the same."""
    position = await lock_position(connection, batch.store)
    await spend(connection, caller)
    if await _begins_offer(connection, position, batch):
        install_id = caller.identity.install_id
        await begin_epoch(
            connection, batch.store, batch.epoch, install_id=install_id, now=batch.received_at
        )
        position = await lock_position(connection, batch.store)
    _check_place(position, batch)
    held = min(position["accepted_seq"], batch.last_seq) - batch.first_seq + 1
    await _check_same(connection, batch, held)
    results = [_duplicate(batch.first_seq + i, "already_accepted") for i in range(held)]
    if held < len(batch.events):
        fresh = batch.part(held, len(batch.events))
        fresh = fresh.with_repeated(await repeated_refunds(connection, fresh))
        install_id = caller.identity.install_id
        fresh = fresh.with_parked(await strange_closings(connection, fresh, install_id))
        received = await _receive_halving(connection, fresh)
        if any(result.code in (_KNOWN, *REFUNDS_KEPT) for result in received):
            # The stock told when the epoch began contains these; the store counts them again.
            await tell_stock(connection, batch.store, through_seq=batch.last_seq)
        results += received
    return _Outcome(position["backup_through"], results)


async def _begins_offer(connection: Connection, position: Record, batch: Received) -> bool:
    """Whether the batch is the first of an epoch that was offered beside what HQ holds."""
    if batch.epoch <= position["epoch"]:
        return False
    offer = (await offers_of(connection, batch.store)).get(batch.epoch)
    before = Point(batch.first_seq - 1, batch.prev_hash.hex())
    return offer is not None and not offer.is_void and before == offer.base


def _check_place(position: Record, batch: Received) -> None:
    if batch.epoch != position["epoch"] or not batch.epoch:
        raise ProblemError(
            409, "epoch_mismatch", f"epoch {position['epoch']} at HQ, {batch.epoch} in the batch"
        )
    if batch.first_seq > position["accepted_seq"] + 1:
        raise ProblemError(
            409,
            "journal_gap",
            f"HQ holds up to {position['accepted_seq']}, the batch begins at {batch.first_seq}",
        )


async def _check_same(connection: Connection, batch: Received, count: int) -> None:
    """Raise _ContradictionError unless HQ holds the first `count` events, and what they follow."""
    before = batch.first_seq - 1
    held = await hashes_at(connection, batch.store, range(before, before + count + 1))
    if held.get(before) != batch.prev_hash:
        raise _ContradictionError(batch.events[0], "does not follow from what HQ holds before it")
    for event in batch.events[:count]:
        if held.get(event.envelope.seq) != event.hash:
            raise _ContradictionError(event, "is not what HQ holds there")


async def _receive_halving(connection: Connection, batch: Received) -> list[RowResult]:
    """Receive a batch that follows from the locked position; park the events that are refused."""
    try:
        async with connection.transaction():
            return await _receive_next(connection, batch)
    except REFUSED as error:
        if len(batch.events) == 1:
            why = Parking.because("refused_by_database", error)
            return await _receive_next(connection, batch.all_parked(why))
    first, second = batch.halves()
    return [
        *await _receive_halving(connection, first),
        *await _receive_halving(connection, second),
    ]


async def _receive_next(connection: Connection, batch: Received) -> list[RowResult]:
    outcome = await _receive(connection, batch, RECEIVE)
    if outcome is None:
        raise RuntimeError("the position moved while it was locked")
    return outcome.results


def _duplicate(seq: int, code: str) -> RowResult:
    return RowResult(seq=seq, state=RowState.DUPLICATE, code=code)


class _ContradictionError(Exception):
    """An event differs from the journal that HQ holds."""

    def __init__(self, event: Event, why: str) -> None:
        super().__init__(f"seq {event.envelope.seq} {why}")
        self.event = event
