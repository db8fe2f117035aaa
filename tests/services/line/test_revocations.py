"""All revocations that head office states are held, or decisions tighten until they are."""

import random
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from agent.base.clock import DAY_MS, MINUTE_MS, Millis
from agent.domain.outcome import Outcome, Reason
from agent.services.coupons.same_code import SameCode
from agent.services.desk.store_desk import StoreDesk
from agent.services.house.comparing import Comparing
from agent.services.line.apply_changes import ChangeApplier
from agent.services.line.revocations import RECHECK_MS
from agent.services.selling.scan import Scan, scan
from agent.store.coupons import redemptions
from agent.store.coupons.revocations import revoke, revoked
from agent.store.line import sync_state
from agent.store.sqlite import Connection
from sync.errors import TransportFailedError
from sync.protocol.changes import CouponChange, CouponState
from sync.protocol.compare import CompareAnswer, CompareOrder
from sync.protocol.compare_tables import (
    FeedComparison,
    FeedOrder,
    FeedTable,
    HqRow,
    digest_of_rows,
    row_hash,
)
from sync.protocol.identity import Identity
from sync.protocol.limits import MAX_LISTED_ROWS
from sync.protocol.messages import ChangesPage, Entity
from sync.protocol.revocations import Revocations, RevokedSet, digest_of
from tests.services.chain import REVOKED_COUPON, STORE, Chain
from tests.services.feed import change
from tests.services.house.store_on_disk import StoreOnDisk
from tests.services.stopped_clock import StoppedClock


class HeadOffice:
    """Holds what is revoked, by coupon the only store that could take it, or empty."""

    def __init__(self, clock: StoppedClock, revoked: Iterable[str] = (REVOKED_COUPON,)) -> None:
        self.clock = clock
        self.revoked = dict.fromkeys(revoked, "")
        self.version = 1
        self.asked: list[FeedOrder] = []
        self.answers = 10**6
        """How many it gives before the line breaks."""

    def revoke(self, coupon_id: str, store: str = "") -> CouponChange:
        self.revoked[coupon_id] = store
        self.version += 1
        return CouponChange(coupon_id=coupon_id, state=CouponState.REVOKED, store=store)

    def page(self, *told: CouponChange, states: bool = True) -> ChangesPage:
        changes = [change(Entity.COUPON, one.coupon_id, **msgspec.to_builtins(one)) for one in told]
        return ChangesPage(
            cursor=str(self.version),
            more=False,
            hq_epoch="e1",
            server_time=self.clock.now,
            changes=tuple(changes),
            revocations=self._statement() if states else None,
        )

    async def compare(self, order: CompareOrder, identity: Identity) -> CompareAnswer:
        raise NotImplementedError

    async def compare_feed(self, order: FeedOrder, identity: Identity) -> FeedComparison:
        self.answers -= 1
        if self.answers < 0:
            raise TransportFailedError("not_reached", "no line")
        assert order.table is FeedTable.REVOCATION
        self.asked.append(order)
        rows = [
            [
                HqRow(key, row_hash(key, store).hex())
                for key, store in sorted(self.revoked.items())
                if one.after < key and (not one.until or key <= one.until)
            ]
            for one in order.ranges
        ]
        digests = [digest_of_rows(bytes.fromhex(row.hash) for row in part) for part in rows]
        listed = rows[0][:MAX_LISTED_ROWS] if order.listing else ()
        return FeedComparison(server_time=1, digests=tuple(digests), rows=tuple(listed))

    def _statement(self) -> Revocations:
        ids = [sorted(one for one, of in self.revoked.items() if of == s) for s in ("", STORE)]
        everyone, own = (RevokedSet(self.version, len(some), digest_of(some)) for some in ids)
        return Revocations(everyone=everyone, own=own)


class Line:
    """A store that follows this head office, and mends by itself."""

    def __init__(self, desk: StoreDesk, hq: HeadOffice) -> None:
        self.desk, self.hq = desk, hq
        self.comparing = Comparing(desk, hq, catch_up=self.poll)
        self.differences = 0
        self.applier = ChangeApplier(desk, on_other_revocations=self._differ)

    def _differ(self) -> None:
        self.differences += 1

    async def poll(self, *told: CouponChange, states: bool = True) -> None:
        await self.applier.apply(self.hq.page(*told, states=states))

    async def mend(self) -> None:
        self.comparing.revocations()
        await self.comparing.joined()

    async def held(self) -> dict[str, str]:
        return dict(await self.desk.database.read(revoked))

    async def age_ms(self) -> int | None:
        state = self.desk.contact.of(await self.desk.database.read(sync_state.get))
        return self.desk.time.now() - state.revocations_at if state.revocations_at else None

    async def lose(self, coupon_id: str) -> None:
        """As a disk does, or a hand in the file."""
        await self.desk.database.write(
            lambda db: db.execute("DELETE FROM coupon_state WHERE coupon_id = ?", (coupon_id,))
        )

    async def verdict_on(self, token: str) -> tuple[Outcome, Reason | None]:
        found = (await scan(self.desk, Scan(code=token), SameCode())).verdict
        assert found is not None
        return found.outcome, found.reason


@pytest.fixture
def hq(clock: StoppedClock) -> HeadOffice:
    return HeadOffice(clock)


@pytest.fixture
async def line(desk: StoreDesk, chain: Chain, hq: HeadOffice) -> Line:
    line = Line(desk, hq)
    told = msgspec.structs.replace(chain.page(), revocations=hq.page().revocations)
    await line.applier.apply(told)
    return line


STALE = (Outcome.ACCEPTED_AT_RISK, Reason.REVOCATIONS_STALE)


async def test_what_is_stated_and_held_is_as_old_as_the_statement(
    line: Line, hq: HeadOffice, clock: StoppedClock, chain: Chain
) -> None:
    assert (line.differences, await line.age_ms()) == (0, 0)
    await line.poll(hq.revoke("c1" * 12), hq.revoke("c2" * 12, STORE))
    assert await line.held() == hq.revoked
    assert (line.differences, await line.age_ms()) == (0, 0)
    clock.advance(MINUTE_MS)
    await line.poll()
    assert await line.age_ms() == 0
    assert (await line.verdict_on(chain.token()))[0] is Outcome.ACCEPTED


async def test_polls_that_state_the_same_are_written_seldom(
    line: Line, clock: StoppedClock
) -> None:
    seconds = line.desk.database.figures.seconds
    before = seconds.buckets()[-1][1]
    for _ in range(360):
        clock.advance(10_000)
        await line.poll()
        assert await line.age_ms() == 0
    assert seconds.buckets()[-1][1] - before <= 2 * 6


async def test_a_revocation_that_the_feed_skipped_is_found_and_fetched(
    line: Line, hq: HeadOffice, chain: Chain, clock: StoppedClock
) -> None:
    skipped, token = "c1" * 12, chain.token()
    hq.revoke(skipped)
    with capture_logs() as logged:
        await line.poll()
        await line.poll()
    assert [one["event"] for one in logged if "revocations" in one["event"]] == [
        "revocations_differ"
    ]
    assert (line.differences, await line.age_ms()) == (2, None)
    assert await line.verdict_on(token) == STALE
    assert await line.verdict_on(chain.token(coupon_id=skipped)) == STALE  # the control

    with capture_logs() as logged:
        await line.mend()
    assert [one["event"] for one in logged if "revocations" in one["event"]] == [
        "revocations_mended",
        "revocations_agree_again",
    ]
    assert await line.held() == hq.revoked
    assert await line.age_ms() == 0
    assert (await line.verdict_on(token))[0] is Outcome.ACCEPTED
    assert (await line.verdict_on(chain.token(coupon_id=skipped)))[1] is Reason.REVOKED
    assert [(order.key, order.why) for order in hq.asked if order.why] == [
        (skipped, "missing_here")
    ]


async def test_one_that_the_disk_lost_is_found_though_nothing_new_is_stated(
    line: Line, clock: StoppedClock
) -> None:
    await line.lose(REVOKED_COUPON)
    await line.poll()
    assert line.differences == 0
    clock.advance(RECHECK_MS)
    await line.poll()
    assert line.differences == 1
    await line.mend()
    assert (await line.held(), await line.age_ms()) == (line.hq.revoked, 0)


async def test_a_statement_that_is_too_old_tightens_and_a_restart_does_not_make_it_younger(
    hq: HeadOffice, chain: Chain, clock: StoppedClock, tmp_path: Path
) -> None:
    store = StoreOnDisk(chain, clock, tmp_path / "state")
    token = chain.token()
    async with store.opened() as desk:
        line = Line(desk, hq)
        told = msgspec.structs.replace(chain.page(), revocations=hq.page().revocations)
        await line.applier.apply(told)
        clock.advance(DAY_MS)
        assert (await line.verdict_on(token))[0] is Outcome.ACCEPTED
        clock.advance(1)
        assert await line.verdict_on(token) == STALE
        await store.sell(desk)
    clock.now = Millis(clock.now - 2 * DAY_MS)  # as somebody sets it who wants the coupon
    async with store.opened() as desk:
        line = Line(desk, hq)
        assert await line.verdict_on(token) == STALE
        clock.now = Millis(clock.now + 3 * DAY_MS)
        await line.poll(states=False)  # the feed is as young as it can be
        assert await line.verdict_on(token) == STALE
        await line.poll()
        assert (await line.verdict_on(token))[0] is Outcome.ACCEPTED


async def test_each_start_looks_at_what_is_held(
    hq: HeadOffice, chain: Chain, clock: StoppedClock, tmp_path: Path
) -> None:
    store = StoreOnDisk(chain, clock, tmp_path / "state")
    async with store.opened() as desk:
        line = Line(desk, hq)
        told = msgspec.structs.replace(chain.page(), revocations=hq.page().revocations)
        await line.applier.apply(told)
        await line.lose(REVOKED_COUPON)
    async with store.opened() as desk:
        line = Line(desk, hq)
        assert await line.age_ms() == 0
        await line.poll()
        assert (line.differences, await line.age_ms()) == (1, None)


async def test_what_head_office_forgot_stays_refused_and_is_told_there(
    line: Line, hq: HeadOffice, chain: Chain
) -> None:
    """It was restored from a backup of before the revocation."""
    gone = "c1" * 12
    await line.poll(hq.revoke(gone))
    del hq.revoked[gone]
    hq.version += 1
    await line.poll()
    assert (line.differences, await line.age_ms()) == (1, None)
    await line.mend()
    assert (await line.held(), await line.age_ms()) == (hq.revoked, 0)
    assert (await line.verdict_on(chain.token(coupon_id=gone)))[1] is Reason.REVOKED
    assert [(order.key, order.why) for order in hq.asked if order.why] == [(gone, "missing_at_hq")]

    await line.poll(hq.revoke(gone))
    assert (await line.held(), await line.age_ms()) == (hq.revoked, 0)


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_is_held_comes_to_what_head_office_holds(line: Line, seed: int) -> None:
    """Also when the line breaks amid it; nothing that was refused is taken again."""
    drawn = random.Random(seed)
    ids = [f"{drawn.getrandbits(96):024x}" for _ in range(drawn.choice([3, 100, 900]))]
    share = drawn.choice([0.0, 0.02, 0.6, 1.0])
    theirs = {one: drawn.choice(["", STORE]) for one in ids if drawn.random() >= share / 2}
    ours = {one: drawn.choice(["", STORE]) for one in ids if drawn.random() >= share}
    line.hq.revoked, line.hq.version = theirs, 2
    await line.lose(REVOKED_COUPON)
    await line.desk.database.write(lambda db: revoke(db, ours.items()))
    line.hq.answers = drawn.randrange(4)
    await line.mend()
    line.hq.answers = 10**6
    await line.mend()
    await line.poll()
    assert (await line.held(), await line.age_ms()) == (theirs, 0)
    for one in {**theirs, **ours}:
        assert (await line.desk.database.read(partial(_standing, one))).revoked
    asked = len(line.hq.asked)
    await line.mend()
    assert len(line.hq.asked) - asked == 1  # nothing is left to be narrowed down


def _standing(coupon_id: str, db: Connection) -> redemptions.Standing:
    return redemptions.standing(db, STORE, coupon_id)
