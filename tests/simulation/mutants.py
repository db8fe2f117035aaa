"""Mutants: the production code made careless in one thing, each to be caught by the judge."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import pytest

from agent.services.line import apply_changes
from agent.store import idempotency
from agent.store.line import journal, sync_state
from agent.store.sqlite import Connection
from sync import greeting
from sync.greeting import Send
from sync.hq import access
from sync.hq.access import Caller
from sync.hq.coupons import claims
from sync.hq.database import connect
from sync.hq.intake import ingest
from sync.hq.migrations import migrate
from sync.hq.settings import DatabaseSection
from sync.outbox import OutboxPosition
from sync.protocol.messages import ChangesPage, EventsAnswer, HelloAnswer
from tests.simulation.accidents import Accident
from tests.system.promises import sabotage

Careless = Callable[[str, pytest.MonkeyPatch], Coroutine[Any, Any, None]]
"""Alters HQ's database, by its DSN, and the code."""


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One careless thing."""

    name: str
    what: str
    """What is left out, in words."""
    make: Careless
    shown_by: tuple[Accident, ...]
    """Accidents in whose histories it is looked for."""
    broken: str
    """In the judge's complaint."""
    seed: int
    """Of the history that is tried first, since it showed it when this was written."""


async def ack_before_commit(_dsn: str, patches: pytest.MonkeyPatch) -> None:
    careful = ingest.Ingest.receive
    tasks: set[asyncio.Task[Any]] = set()

    async def receive(self: ingest.Ingest, caller: Caller, data: bytes) -> EventsAnswer:
        batch = self._decoded(caller.store, data)
        task = asyncio.create_task(careful(self, caller, data))
        tasks.add(task)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return EventsAnswer(
            accepted_through=batch.last_seq,
            hash=batch.last_hash.hex(),
            server_time=self._clock.wall(),
        )

    patches.setattr(ingest.Ingest, "receive", receive)


async def delete_before_ack(_dsn: str, patches: pytest.MonkeyPatch) -> None:
    def prune(db: Connection, *, through: int, limit: int) -> int:
        last = journal.tip(db)
        db.execute("UPDATE sync_state SET pruned_seq = ?, pruned_hash = ?", (last.seq, last.hash))
        return db.execute("DELETE FROM journal").rowcount

    patches.setattr(journal, "prune", prune)


async def no_epoch_check(_dsn: str, patches: pytest.MonkeyPatch) -> None:
    place = " AND epoch = $2 AND epoch > 0"
    assert place in ingest.RECEIVE
    patches.setattr(ingest, "RECEIVE", ingest.RECEIVE.replace(place, ""))
    careful = ingest._check_place

    def check(position: Any, batch: Any) -> None:
        careful({**position, "epoch": batch.epoch}, batch)

    patches.setattr(ingest, "_check_place", check)


async def no_rewind(_dsn: str, patches: pytest.MonkeyPatch) -> None:
    careful = greeting._same_epoch

    def same_epoch(
        answer: HelloAnswer, position: OutboxPosition, own_hash: str | None, trail_sent: bool
    ) -> greeting.Step:
        if answer.accepted_seq < position.acked.seq:
            return Send(accepted=position.acked)
        return careful(answer, position, own_hash, trail_sent)

    patches.setattr(greeting, "_same_epoch", same_epoch)


async def claim_without_index(dsn: str, patches: pytest.MonkeyPatch) -> None:
    await _execute(
        dsn,
        "ALTER TABLE coupon_claim DROP CONSTRAINT coupon_claim_pkey",
        "ALTER TABLE coupon_claim ADD PRIMARY KEY (coupon_id, store)",
    )
    conflict, others = "ON CONFLICT (coupon_id)", "WHERE c.coupon_id = ANY($1)"
    assert conflict in claims._CLAIM
    assert others in claims._OTHERS
    patches.setattr(
        claims, "_CLAIM", claims._CLAIM.replace(conflict, "ON CONFLICT (coupon_id, store)")
    )
    patches.setattr(claims, "_OTHERS", claims._OTHERS.replace(others, f"{others} AND false"))


async def uses_without_index(dsn: str, _patches: pytest.MonkeyPatch) -> None:
    await _execute(dsn, "DROP INDEX coupon_use_holder")


async def forgotten_answers(_dsn: str, patches: pytest.MonkeyPatch) -> None:
    patches.setattr(idempotency, "keep", lambda *_: None)


async def cursor_before_page(_dsn: str, patches: pytest.MonkeyPatch) -> None:
    careful = apply_changes.ChangeApplier.apply

    async def apply(self: apply_changes.ChangeApplier, page: ChangesPage) -> None:
        await self._desk.database.write(
            lambda db: sync_state.move_cursor(db, page.cursor, page.hq_epoch, feed_at=None)
        )
        await careful(self, page)

    patches.setattr(apply_changes.ChangeApplier, "apply", apply)


async def nonce_not_checked(_dsn: str, patches: pytest.MonkeyPatch) -> None:
    patches.setattr(access._Nonces, "is_new", lambda _self, _nonce, now: True)
    once, again = "DO NOTHING", "(store, created, nonce) DO UPDATE SET nonce = excluded.nonce"
    assert once in access._SPEND
    patches.setattr(access, "_SPEND", access._SPEND.replace(once, again))


async def _execute(dsn: str, *statements: str) -> None:
    db = await connect(DatabaseSection(dsn=dsn))
    await migrate(db)
    for statement in statements:
        await db.execute(statement)
    await db.close()


MUTANTS = (
    Mutant(
        name="no_dedup",
        what="HQ compares neither the place nor the id of an event with what it holds",
        make=sabotage.forget_places_and_ids,
        shown_by=(Accident.REQUEST_REPEATED, Accident.REQUEST_LATE, Accident.ANSWER_LOST),
        broken="promise 2",
        seed=38,
    ),
    Mutant(
        name="ack_before_commit",
        what="HQ answers a batch while it is being written",
        make=ack_before_commit,
        shown_by=(Accident.HQ_DIES, Accident.POSTGRES_AWAY),
        broken="promise 2, acknowledged",
        seed=47,
    ),
    Mutant(
        name="delete_before_ack",
        what="a store deletes events at night that HQ has not acknowledged",
        make=delete_before_ack,
        shown_by=(Accident.LINE_SILENT, Accident.LINE_REFUSED, Accident.HQ_DIES),
        broken="promise 2",
        seed=79,
    ),
    Mutant(
        name="no_epoch_check",
        what="HQ takes batches of any epoch",
        make=no_epoch_check,
        shown_by=(Accident.PC_REPLACED,),
        broken="promise 2",
        seed=401,
    ),
    Mutant(
        name="no_rewind",
        what="a store does not send again what HQ lost with a restored backup",
        make=no_rewind,
        shown_by=(Accident.HQ_SET_BACK,),
        broken="promise 2",
        seed=17,
    ),
    Mutant(
        name="nonce_not_checked",
        what="HQ takes a signed request a second time",
        make=nonce_not_checked,
        shown_by=(Accident.REQUEST_REPEATED,),
        broken="promise 8",
        seed=21,
    ),
    Mutant(
        name="claim_without_index",
        what="HQ grants a coupon to two stores at once",
        make=claim_without_index,
        shown_by=tuple(Accident),
        broken="promise 3, coupons taken for certain twice",
        seed=3,
    ),
    Mutant(
        name="uses_without_index",
        what="HQ lets two uses hold one coupon",
        make=uses_without_index,
        shown_by=tuple(Accident),
        broken="promise 3",
        seed=8,
    ),
    Mutant(
        name="forgotten_answers",
        what="a store does again what is asked again under the same Idempotency-Key",
        make=forgotten_answers,
        shown_by=(Accident.STORE_DIES, Accident.WRITE_FAILS),
        broken="promise 1",
        seed=64,
    ),
    Mutant(
        name="cursor_before_page",
        what="a store notes a page of the feed as applied before it is",
        make=cursor_before_page,
        shown_by=(Accident.STORE_DIES, Accident.WRITE_FAILS),
        broken="promise",
        seed=336,
    ),
)
