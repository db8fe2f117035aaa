"""Hello: where a store and HQ stand with each other, decided with the store's position locked."""

from collections.abc import Mapping

import msgspec
from asyncpg import Connection, Pool, Record

from agent.base.clock import MINUTE_MS, Clock
from agent.base.problem import ProblemError
from sync.hq.access import Caller, same_installation, same_store, spend
from sync.hq.compared import is_compare_wanted
from sync.hq.contact import ContactBook
from sync.hq.intake.incarnation import hq_epoch
from sync.hq.intake.journal import (
    abandoned_epochs,
    accepted_point,
    hashes_at,
    holders_of,
    lock_position,
    note_time,
    offers_of,
)
from sync.hq.intake.new_epoch import offer_epoch, open_epoch
from sync.hq.intake.past import PastTold, tell_past
from sync.hq.rollouts.reports import note_running
from sync.protocol.limits import MAX_BATCH_BYTES, MAX_BATCH_EVENTS
from sync.protocol.messages import Action, BatchLimits, Hello, HelloAnswer, Point
from sync.protocol.position import HelloDecision, StorePosition, decide_hello

ON_THE_WAY_MS = MINUTE_MS
"""So much older, at most, is what the store records while its hello is on its way."""

_LIMITS = BatchLimits(events=MAX_BATCH_EVENTS, bytes=MAX_BATCH_BYTES)
_decoder = msgspec.json.Decoder(Hello)


class HelloDesk:
    """Answers hello."""

    def __init__(
        self, *, pool: Pool, clock: Clock, contacts: ContactBook, app_version: str
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._contacts = contacts
        self._app_version = app_version

    async def answer(self, caller: Caller, data: bytes) -> HelloAnswer:
        """Return the answer to the hello `data` of `caller` after its commit; ProblemError."""
        hello, store = _decoded(data), caller.store
        same_store(hello.store, caller=store)
        same_installation(hello.install_id, caller)
        now = self._clock.wall()
        async with self._pool.acquire() as connection, connection.transaction():
            row = await lock_position(connection, store)
            await spend(connection, caller)
            position = await _position(connection, store, row)
            held = await hashes_at(connection, store, _asked(hello))
            holders = await holders_of(connection, store, hello.trail)
            decision = _decide(hello, position, held, holders)
            base_seq = row["base_seq"]
            if decision.epoch > position.epoch:
                await _give_epoch(connection, hello, decision, position, now=now)
                base_seq = decision.accepted.seq
            told = await tell_past(connection, hello, decision, base_seq=base_seq, now=now)
            if decision.epoch == position.epoch and _told_all(hello, decision):
                await note_time(connection, store, now - ON_THE_WAY_MS)
            if decision.action is Action.FENCED:
                await self._contacts.turned_away(connection, store, now=now)
            else:
                await self._contacts.greeted(connection, hello, now=now)
                await note_running(connection, hello, now=now)
            compare = await is_compare_wanted(connection, store)
        backup_through = min(row["backup_through"], decision.accepted.seq)
        answer = _answer(decision, position, told, backup_through=backup_through, now=now)
        return msgspec.structs.replace(answer, app_version=self._app_version, compare=compare)


def _decoded(data: bytes) -> Hello:
    try:
        hello = _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProblemError(400, "hello_malformed", str(error)[:300]) from None
    if "\0" in hello.install_id + hello.app_version + hello.cursor:
        raise ProblemError(400, "hello_malformed", "a text holds the character U+0000")
    if not hello.install_id:
        raise ProblemError(400, "hello_malformed", "install_id is empty")
    return hello


async def _give_epoch(
    connection: Connection,
    hello: Hello,
    decision: HelloDecision,
    position: StorePosition,
    *,
    now: int,
) -> None:
    """Write down the new epoch of `decision`; one that was offered before goes on as it is."""
    store, held_seq = hello.store, position.accepted.seq
    if decision.is_offer:
        await offer_epoch(connection, store, decision, held_seq=held_seq, now=now)
    elif decision.action is Action.NEW_EPOCH:
        await open_epoch(connection, store, decision, install_id=hello.install_id, now=now)


def _told_all(hello: Hello, decision: HelloDecision) -> bool:
    """Whether HQ holds all that the store has recorded up to this moment."""
    accepted = decision.accepted
    here = (hello.last_seq, hello.last_hash) == (accepted.seq, accepted.hash)
    return here and decision.action is Action.CONTINUE and accepted.seq > 0


def _asked(hello: Hello) -> set[int]:
    return {hello.last_seq, *(point.seq for point in hello.trail)}


async def _position(connection: Connection, store: str, row: Record) -> StorePosition:
    return StorePosition(
        epoch=row["epoch"],
        install_id=row["install_id"],
        accepted=accepted_point(row),
        base=Point(row["base_seq"], row["base_hash"].hex()),
        hq_epoch=await hq_epoch(connection),
        abandoned=await abandoned_epochs(connection, store),
        offers=await offers_of(connection, store),
    )


def _decide(
    hello: Hello,
    position: StorePosition,
    held: Mapping[int, bytes],
    holders: Mapping[Point, int],
) -> HelloDecision:
    def hash_at(seq: int) -> str | None:
        held_hash = held.get(seq)
        return held_hash.hex() if held_hash is not None else None

    return decide_hello(hello, position, hash_at, holders.get)


def _answer(
    decision: HelloDecision,
    position: StorePosition,
    told: PastTold,
    *,
    backup_through: int,
    now: int,
) -> HelloAnswer:
    return HelloAnswer(
        action=decision.action,
        accepted_seq=decision.accepted.seq,
        accepted_hash=decision.accepted.hash,
        epoch=decision.epoch,
        hq_epoch=position.hq_epoch,
        limits=_LIMITS,
        server_time=now,
        backup_through=backup_through,
        detail=decision.detail,
        past=told.past,
        receipts_after=told.receipts_after,
        shifts_after=told.shifts_after,
    )
