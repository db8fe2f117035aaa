"""Coupons to hand out: one to each sale that earned it, none twice, none out of date."""

from collections.abc import Sequence

import msgspec
import pytest

from agent.base.clock import DAY_MS
from agent.domain.coupons.events import GivenCoupon
from agent.domain.selling.events import SaleRecorded
from agent.services.desk.once import Ticket
from agent.services.desk.store_desk import StoreDesk
from agent.services.house.housekeeping import Housekeeping
from agent.services.line.apply_changes import ChangeApplier
from agent.services.selling.sell import Sale, SaleAnswer, sell
from agent.store.line import journal
from tests.services.chain import Chain
from tests.services.feed import change, page
from tests.services.stopped_clock import StoppedClock

DEAR_FEN, CHEAP_FEN = 5_000, 4_999


def handout(n: int, *, campaign: int = 1, expires: int) -> tuple[str, dict[str, object]]:
    coupon_id = f"{n:024x}"
    return coupon_id, {
        "coupon_id": coupon_id,
        "campaign": campaign,
        "token": f"HQ1TOKEN{n}",
        "from_fen": DEAR_FEN,
        "expires": expires,
    }


async def supply(desk: StoreDesk, given: Sequence[tuple[str, dict[str, object]]]) -> None:
    changes = [change("handout", key, **body) for key, body in given]
    await ChangeApplier(desk).apply(page(*changes, at=desk.time.now()))


async def buy(desk: StoreDesk, key: str, *, fen: int = DEAR_FEN) -> SaleAnswer:
    order = {
        "till": "T1",
        "cashier": "C7",
        "lines": [{"sku": "X", "unit_price_fen": fen}],
        "tenders": [{"kind": "cash", "amount_fen": fen}],
    }
    ticket = Ticket(client="c", key=key, request_hash=b"")
    answer = await sell(desk, msgspec.convert(order, Sale), ticket)
    return msgspec.json.decode(answer.body, type=SaleAnswer)


@pytest.fixture
def later(chain: Chain, desk: StoreDesk) -> int:
    return desk.time.now() + DAY_MS


async def test_each_sale_that_pays_enough_is_given_one_of_each_campaign(
    desk: StoreDesk, later: int
) -> None:
    offers = [handout(n, campaign=n // 2 + 1, expires=later) for n in range(4)]
    await supply(desk, offers)
    given = [(await buy(desk, str(n))).given for n in range(3)]
    assert [[one.campaign for one in each] for each in given] == [[1, 2], [1, 2], []]
    tokens = {one.token for each in given for one in each}
    assert tokens == {str(body["token"]) for _, body in offers}


async def test_the_event_names_what_was_given(desk: StoreDesk, later: int) -> None:
    await supply(desk, [handout(7, expires=later)])
    answer = await buy(desk, "k")
    body = await desk.database.read(lambda db: journal.body_at(db, answer.seq or 0))
    assert body is not None
    assert b"HQ1TOKEN" not in body
    sale = msgspec.json.decode(body, type=SaleRecorded)
    assert sale.given == (GivenCoupon(coupon_id=f"{7:024x}", campaign=1),)


async def test_a_sale_that_pays_less_is_given_none(desk: StoreDesk, later: int) -> None:
    await supply(desk, [handout(1, expires=later)])
    assert (await buy(desk, "1", fen=CHEAP_FEN)).given == ()
    assert len((await buy(desk, "2")).given) == 1


async def test_the_same_sale_again_takes_no_second_coupon(desk: StoreDesk, later: int) -> None:
    await supply(desk, [handout(1, expires=later), handout(2, expires=later)])
    first, again, other = await buy(desk, "1"), await buy(desk, "1"), await buy(desk, "2")
    assert first.given == again.given
    assert {one.coupon_id for one in other.given}.isdisjoint(one.coupon_id for one in first.given)


async def test_a_revoked_coupon_is_not_given(desk: StoreDesk, later: int) -> None:
    await supply(desk, [handout(1, expires=later), handout(2, expires=later)])
    revoked = change("coupon", coupon_id=f"{1:024x}", state="revoked")
    await ChangeApplier(desk).apply(page(revoked, at=desk.time.now()))
    assert [one.coupon_id for one in (await buy(desk, "1")).given] == [f"{2:024x}"]


async def test_what_expired_is_not_given_and_is_forgotten(
    desk: StoreDesk, clock: StoppedClock, later: int
) -> None:
    await supply(desk, [handout(1, expires=later), handout(2, expires=later + DAY_MS)])
    clock.advance(DAY_MS)
    assert [one.coupon_id for one in (await buy(desk, "1")).given] == [f"{2:024x}"]
    assert await Housekeeping(desk, retention_days=1).prune() >= 1
    kept = await desk.database.read(
        lambda db: db.execute("SELECT coupon_id FROM handout").fetchall()
    )
    assert kept == [(f"{2:024x}",)]
