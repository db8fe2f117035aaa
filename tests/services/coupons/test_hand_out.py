"""Coupons to hand out: one to each sale that earned it, none twice, none out of date."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.base.clock import DAY_MS
from agent.domain.coupons.events import GivenCoupon
from agent.domain.selling.events import SaleRecorded
from agent.services.desk.once import Ticket
from agent.services.desk.store_desk import StoreDesk
from agent.services.house.housekeeping import EXPIRED_DAYS, Housekeeping
from agent.services.line.apply_changes import ChangeApplier
from agent.services.selling.sell import Sale, SaleAnswer, sell
from agent.store.line import journal
from tests.services.chain import BOUND, ENDED, MEMBER, MEMBERS_ONLY, OTHER_STORE, Chain
from tests.services.days import live_through
from tests.services.feed import change, page
from tests.services.stopped_clock import StoppedClock

DEAR_FEN, CHEAP_FEN = 5_000, 4_999


@pytest.fixture(autouse=True)
async def feed(chain: Chain, desk: StoreDesk) -> None:
    await ChangeApplier(desk).apply(chain.page())


def handout(
    chain: Chain, n: int, *, campaign: int = BOUND, days: int = 1, **claims: Any
) -> tuple[str, dict[str, object]]:
    coupon_id = f"{n:024x}"
    return coupon_id, {
        "coupon_id": coupon_id,
        "campaign": campaign,
        "token": chain.token(campaign, coupon_id=coupon_id, days=(-1, days), **claims),
        "from_fen": DEAR_FEN,
        "expires": chain.now + days * DAY_MS,
    }


async def supply(desk: StoreDesk, given: Sequence[tuple[str, dict[str, object]]]) -> None:
    changes = [change("handout", key, **body) for key, body in given]
    await ChangeApplier(desk).apply(page(*changes, at=desk.time.now()))


async def buy(
    desk: StoreDesk, key: str, *, fen: int = DEAR_FEN, member_id: str | None = None
) -> SaleAnswer:
    order = {
        "till": "T1",
        "cashier": "C7",
        "lines": [{"sku": "X", "unit_price_fen": fen}],
        "tenders": [{"kind": "cash", "amount_fen": fen}],
        "member_id": member_id,
    }
    ticket = Ticket(client="c", key=key, request_hash=b"")
    answer = await sell(desk, msgspec.convert(order, Sale), ticket)
    return msgspec.json.decode(answer.body, type=SaleAnswer)


async def test_each_sale_that_pays_enough_is_given_one_of_each_campaign(
    chain: Chain, desk: StoreDesk
) -> None:
    offers = [handout(chain, n, campaign=n // 2 + 1) for n in range(4)]
    await supply(desk, offers)
    given = [(await buy(desk, str(n))).given for n in range(3)]
    assert [[one.campaign for one in each] for each in given] == [[1, 2], [1, 2], []]
    tokens = {one.token for each in given for one in each}
    assert tokens == {str(body["token"]) for _, body in offers}


async def test_a_sale_asks_once_however_many_campaigns_there_are(
    chain: Chain, desk: StoreDesk
) -> None:
    async def asked(key: str) -> int:
        statements: list[str] = []
        await desk.database.write(lambda db: db.set_trace_callback(statements.append))
        await buy(desk, key, fen=CHEAP_FEN)
        await desk.database.write(lambda db: db.set_trace_callback(None))
        return len(statements)

    await supply(desk, [handout(chain, 0)])
    await asked("first of all")
    before = await asked("one")
    await supply(desk, [handout(chain, n, campaign=n + 1) for n in range(30)])
    await asked("first of thirty")
    assert await asked("thirty") == before


async def test_the_event_names_what_was_given(chain: Chain, desk: StoreDesk) -> None:
    await supply(desk, [handout(chain, 7)])
    answer = await buy(desk, "k")
    body = await desk.database.read(lambda db: journal.body_at(db, answer.seq or 0))
    assert body is not None
    assert b"HQ1" not in body
    sale = msgspec.json.decode(body, type=SaleRecorded)
    assert sale.given == (GivenCoupon(coupon_id=f"{7:024x}", campaign=1),)


async def test_a_sale_that_pays_less_is_given_none(chain: Chain, desk: StoreDesk) -> None:
    await supply(desk, [handout(chain, 1)])
    assert (await buy(desk, "1", fen=CHEAP_FEN)).given == ()
    assert len((await buy(desk, "2")).given) == 1


async def test_the_same_sale_again_takes_no_second_coupon(chain: Chain, desk: StoreDesk) -> None:
    await supply(desk, [handout(chain, 1), handout(chain, 2)])
    first, again, other = await buy(desk, "1"), await buy(desk, "1"), await buy(desk, "2")
    assert first.given == again.given
    assert {one.coupon_id for one in other.given}.isdisjoint(one.coupon_id for one in first.given)


async def test_a_revoked_coupon_is_not_given(chain: Chain, desk: StoreDesk) -> None:
    await supply(desk, [handout(chain, 1), handout(chain, 2)])
    revoked = change("coupon", coupon_id=f"{1:024x}", state="revoked")
    await ChangeApplier(desk).apply(page(revoked, at=desk.time.now()))
    assert [one.coupon_id for one in (await buy(desk, "1")).given] == [f"{2:024x}"]


async def test_what_expired_is_not_given_and_is_forgotten(
    chain: Chain, desk: StoreDesk, clock: StoppedClock
) -> None:
    await supply(desk, [handout(chain, 1), handout(chain, 2, days=60)])
    clock.advance(DAY_MS)
    assert [one.coupon_id for one in (await buy(desk, "1")).given] == [f"{2:024x}"]
    await live_through(desk, clock, EXPIRED_DAYS)
    assert await Housekeeping(desk, retention_days=90).prune() == 1
    kept = await desk.database.read(
        lambda db: db.execute("SELECT coupon_id FROM handout").fetchall()
    )
    assert kept == [(f"{2:024x}",)]


async def test_a_coupon_that_nobody_can_use_is_not_given(chain: Chain, desk: StoreDesk) -> None:
    forged = Ed25519PrivateKey.generate()
    useless = [
        handout(chain, 1, campaign=ENDED),
        handout(chain, 2, campaign=99),
        handout(chain, 3, key=forged),
        handout(chain, 4, campaign=MEMBERS_ONLY),
    ]
    await supply(desk, [*useless, handout(chain, 5)])
    assert [one.coupon_id for one in (await buy(desk, "1")).given] == [f"{5:024x}"]
    assert (await buy(desk, "2")).given == ()


async def test_a_coupon_is_given_until_its_campaign_ends(
    chain: Chain, desk: StoreDesk, clock: StoppedClock
) -> None:
    await supply(desk, [handout(chain, n, days=60) for n in (1, 2)])
    told = (await buy(desk, "1")).given
    assert [one.expires for one in told] == [chain.now + 30 * DAY_MS], "no later than its campaign"
    clock.advance(30 * DAY_MS)
    assert (await buy(desk, "2")).given == ()


async def test_a_coupon_of_a_member_is_given_to_that_member(chain: Chain, desk: StoreDesk) -> None:
    await supply(desk, [handout(chain, 1, campaign=MEMBERS_ONLY, member=MEMBER)])
    assert (await buy(desk, "1")).given == ()
    given = (await buy(desk, "2", member_id=MEMBER)).given
    assert [one.coupon_id for one in given] == [f"{1:024x}"]


async def test_what_is_given_is_told_with_its_terms(chain: Chain, desk: StoreDesk) -> None:
    await supply(desk, [handout(chain, 1, store=OTHER_STORE)])
    (told,) = (await buy(desk, "1")).given
    assert (told.campaign_name, told.min_fen, told.store) == ("满100减20", 10_000, OTHER_STORE)
    assert (told.expires, told.some_articles) == (chain.now + DAY_MS, False)
