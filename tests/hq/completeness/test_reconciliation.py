"""The month's reconciliation: what came beside what the Z reports say, by either channel."""

from agent.base.clock import DAY_MS, HOUR_MS, Millis
from agent.domain.coupons.campaign import AmountOff
from agent.domain.coupons.token import Channel
from agent.domain.trust.policy import CampaignClass
from sync.hq.completeness.reconciliation import CHAIN, Row, reconciliation
from sync.hq.coupons.campaigns import add_campaign
from sync.hq.coupons.coupons import Terms, issue_coupons
from tests.hq.completeness.test_completeness import shift
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import NOON, PRICE_FEN

MONTH = "2027-01"
OFF_FEN = 300
"""Of each use in tests.hq.journal."""


async def issue(hq: HeadOffice, channel: Channel, *, name: str = "满30减5") -> list[str]:
    """Issue two coupons of a new campaign."""
    campaign = await add_campaign(
        hq.db,
        name=name,
        rule=AmountOff(min_fen=3_000, off_fen=500),
        class_=CampaignClass.CHAIN,
        starts_at=NOON,
        ends_at=Millis(NOON + DAY_MS),
    )
    terms = Terms(
        campaign=campaign.campaign,
        not_before=NOON,
        expires=Millis(NOON + HOUR_MS),
        channel=channel,
    )
    issued = await issue_coupons(hq.db, hq.key_store, terms, count=2, now=NOON)
    return [coupon.coupon_id for coupon in issued]


async def rows_of(hq: HeadOffice, store: str | None = None) -> list[Row]:
    return await reconciliation(
        hq.db, store=store, month=MONTH, begins_at=NOON - 14 * DAY_MS, ends_at=NOON + 14 * DAY_MS
    )


def figures(rows: list[Row]) -> dict[str, tuple[int, int | None]]:
    """Of one store, by figure, channel and way of paying; campaigns summed up."""
    found: dict[str, tuple[int, int | None]] = {}
    for row in rows:
        key = row.key if row.figure in ("paid", "given_back", "double_use_borne") else ""
        name = " ".join(filter(None, (row.figure, row.channel, key)))
        assert name not in found
        found[name] = (row.count, row.fen)
    return found


async def test_what_came_stands_beside_the_z_reports_and_either_channel_has_its_sums(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    online, offline = await issue(hq, Channel.ONLINE), await issue(hq, Channel.OFFLINE)
    journal = store.journal()
    journal.sell(coupon_id=online[0], bound=False)
    journal.sell(coupon_id=online[1], second_coupon_id=offline[0], bound=False, member_id="a" * 24)
    back = journal.sell(coupon_id=offline[1], bound=False)
    journal.refund(back)
    journal.sell()
    shift(journal, z_no=1, sales=2, more=1)
    journal.append("sale.recorded/9", {"sale_id": "not read"}, business_date="2027-02-01")
    await store.send(journal)
    late = other.journal()
    late.sell(coupon_id=online[0], bound=False, at=NOON + HOUR_MS)
    await other.send(late)
    await hq.settle()

    rows = await rows_of(hq, "MB001")
    assert {row.store for row in rows} == {"MB001"}
    assert figures(rows) == {
        "sales": (6, 6 * PRICE_FEN - 4 * OFF_FEN),
        "refunds": (1, PRICE_FEN - OFF_FEN),
        "paid cash": (6, 6 * PRICE_FEN - 4 * OFF_FEN),
        "given_back cash": (1, PRICE_FEN - OFF_FEN),
        "sales_with_coupon online": (1, PRICE_FEN - OFF_FEN),
        "sales_with_coupon offline": (1, PRICE_FEN - OFF_FEN),
        "sales_with_coupon offline+online": (1, PRICE_FEN - 2 * OFF_FEN),
        "coupons_used online": (2, 2 * OFF_FEN),
        "coupons_used offline": (1, OFF_FEN),
        "coupons_taken_back offline": (1, OFF_FEN),
        "points_earned": (4, None),
    }
    [sales] = [row for row in rows if row.figure == "sales"]
    assert (sales.z_count, sales.z_fen) == (3, 3 * PRICE_FEN)
    [cash] = [row for row in rows if row.figure == "paid"]
    assert cash.z_fen == 3 * PRICE_FEN

    rows = await rows_of(hq)
    assert figures([row for row in rows if row.store == "MB002"]) == {
        "sales": (1, PRICE_FEN - OFF_FEN),
        "paid cash": (1, PRICE_FEN - OFF_FEN),
        "sales_with_coupon online": (1, PRICE_FEN - OFF_FEN),
        "coupons_used online": (1, OFF_FEN),
        "double_use_borne time": (1, OFF_FEN),
    }
    assert figures([row for row in rows if row.store == CHAIN]) == {
        "coupons_issued online": (2, None),
        "coupons_issued offline": (2, None),
        "coupons_expired offline": (1, None),
    }
