"""What promotions led to is what the sales themselves say, each basket once."""

from typing import Any

from agent.domain.coupons.campaign import StandsInBook
from agent.domain.line.events import EventKind
from sync.hq.coupons.campaigns import change_campaign
from sync.hq.promotions.results import Result, results
from sync.hq.promotions.taking import take_over
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.intake.test_promoted_sales import promoted
from tests.hq.journal import NOON
from tests.hq.promotions.test_taking import TODAY, wanted

EVER: dict[str, Any] = {"since": "0000-01-01", "until": "9999-12-31"}


async def of(hq: HeadOffice, **span: Any) -> dict[str, Result]:
    return {one.promotion: one for one in await results(hq.db, **EVER | span)}


async def test_uses_sums_baskets_and_averages_are_those_of_the_sales(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    await take_over(hq.db, wanted({"id": "P1", "name": "减3"}, {"id": "IDLE"}), now=NOON, at=TODAY)
    journal = store.journal()
    journal.append(EventKind.SALE_RECORDED, promoted())
    plain = journal.sell()
    await store.send(journal)
    elsewhere = other.journal()
    there = [elsewhere.sell() for _ in range(2)]
    await other.send(elsewhere)

    chain, here = await of(hq), await of(hq, store=store.code)

    p1 = chain["P1"]
    assert (p1.name, p1.used, p1.given_fen, p1.baskets, p1.with_fen) == ("减3", 1, 300, 1, 2_600)
    paid = [plain.payable_fen, *(one.payable_fen for one in there)]
    assert p1.without_fen == (2 * sum(paid) + len(paid)) // (2 * len(paid))
    assert here["P1"].without_fen == plain.payable_fen
    by_hand = chain["by_hand"]
    assert (by_hand.used, by_hand.given_fen) == (1, 100)
    idle = chain["IDLE"]
    assert (idle.used, idle.given_fen, idle.baskets, idle.with_fen) == (0, 0, 0, None)
    assert idle.without_fen is not None
    elsewhere_alone = await of(hq, store=other.code)
    assert elsewhere_alone["P1"].baskets == 0
    assert "by_hand" not in elsewhere_alone


async def test_two_coupons_of_one_promotion_on_a_sale_are_one_basket(
    hq: HeadOffice, store: StoreClient
) -> None:
    """The control: without counting baskets by sale there would be two."""
    journal = store.journal()
    body = promoted()
    one, by_hand = body["promotions"]
    half = {**one, "fen": 150, "shares": [[0, 75], [1, 75]]}
    body["promotions"] = [half, {**half, "coupon_id": "e" * 24, "times": 2}, by_hand]
    first = body["redemptions"][0] | {"discount_fen": 150}
    second = first | {"coupon_id": "e" * 24, "redemption_id": "r-second"}
    body["redemptions"] = [first, second]
    journal.append(EventKind.SALE_RECORDED, body)
    answer = await store.send(journal)
    assert answer.results == ()
    assert await hq.count("sale_promotion") == 3
    p1 = (await of(hq))["P1"]
    assert (p1.used, p1.given_fen, p1.baskets, p1.with_fen) == (3, 300, 1, 2_600)


async def test_only_the_days_asked_for_count(hq: HeadOffice, store: StoreClient) -> None:
    journal = store.journal()
    journal.append(EventKind.SALE_RECORDED, promoted())
    await store.send(journal)
    day = await hq.db.fetchval("SELECT business_date FROM sale")
    assert (await of(hq, since=day, until=day))["P1"].baskets == 1
    assert "P1" not in await of(hq, until="2000-01-01")
    assert "P1" not in await of(hq, since="3000-01-01")


async def test_the_coupons_of_a_promotion_are_those_of_its_campaigns(
    hq: HeadOffice, store: StoreClient
) -> None:
    await take_over(hq.db, wanted({"id": "P1", "trigger": "coupon"}), now=NOON, at=TODAY)
    own = await hq.campaign()
    issued = await hq.issue(3)
    campaign = await hq.db.fetchval("SELECT max(campaign) FROM campaign")
    await change_campaign(hq.db, campaign, {"rule": StandsInBook(promotion="P1")}, now=NOON)
    journal = store.journal()
    journal.sell(coupon_id=issued[0], bound=False)
    await store.send(journal)
    await hq.settle()
    found = await of(hq)
    p1 = found["P1"]
    assert (p1.coupons, p1.redeemed, p1.redeemed_bp) == (3, 1, 3_333)
    assert f"campaign-{campaign}" not in found
    assert found[f"campaign-{own.campaign}"].redeemed_bp is None
