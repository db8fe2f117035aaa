"""A day of three stores in which every kind of event and every entity of the feed comes up."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import uuid4

import aiohttp
import msgspec

from agent.base.clock import DAY_MS, Millis, SystemClock
from agent.domain.coupons.campaign import AmountOff, Gift, PercentOff, Rule, SetPrice
from agent.domain.coupons.token import Channel
from agent.domain.promotions.promotion import Promotion
from agent.domain.trust.policy import CampaignClass
from sync.hq.coupons.campaigns import add_campaign
from sync.hq.coupons.coupons import IssuedCoupon, Terms, issue_coupons
from sync.hq.coupons.handouts import hand_out
from sync.hq.coupons.opaque_codes import issue_passphrase
from sync.hq.coupons.revocations import revoke_coupons
from sync.hq.members.members import Member, put_members
from sync.hq.promotions.taking import Wanted, take_over
from sync.hq.rollouts.rollouts import create
from sync.hq.selling.articles import put_articles
from sync.hq.stock import set_stock
from sync.protocol.changes import ArticleChange
from sync.protocol.rollouts import StagedSettings
from tests.lab.books import holds_supply, is_drained, is_settled
from tests.lab.chain import Chain
from tests.lab.line import LineCut
from tests.lab.replacing import replace_pc
from tests.lab.store_site import StoreSite
from tests.lab.until import until

STORES = ("MB001", "MB002", "MB003")
"""The PC of the last one is replaced."""
IN_TIME_S = 60.0
AT = {"till": "T1", "cashier": "1001"}
MEMBER = "0123456789abcdef01234567"
PASSPHRASE = "春天来了"
MILK, RICE, APPLES, TOY = "A001", "A005", "A010", "A020"
TODAY = datetime(2026, 12, 1)  # noqa: DTZ001  # local time of the stores
BOOK = Wanted(
    files=("book.json",),
    promotions=(
        msgspec.convert(
            {
                "id": "P1",
                "name": "牛奶第二件半价",
                "effect": {"kind": "nth_piece", "n": 2, "pay_bp": 5_000},
                "scope": {"categories": ["乳品"]},
                "when": {"starts": "2099-01-01"},
            },
            Promotion,
        ),
    ),
    rules={"round_down_to_fen": 0},
)
"""It changes no price of the day."""
BIG_SALE = {
    "lines": [{"sku": RICE, "quantity": 2}],
    "tenders": [{"kind": "cash", "amount_fen": 11_980}],
}
ARTICLES = (
    ArticleChange(
        sku=MILK,
        name="纯牛奶 250ml",
        price_fen=350,
        gtin="6901234000375",
        categories=("食品", "乳品"),
        brand="晨光",
    ),
    ArticleChange(sku=RICE, name="大米 5kg", price_fen=5_990),
    ArticleChange(sku=APPLES, name="苹果", price_fen=1_280),
    ArticleChange(sku=TOY, name="赠品小熊", price_fen=990),
)


_PARK = """
INSERT INTO parked (store, epoch, seq, code, detail, parked_at)
SELECT store, epoch, seq, 'not_settled', 'a deadlock', received_at FROM event
WHERE store = ANY($1) AND seq = 1
"""
"""As if PostgreSQL had refused something."""


@dataclass(frozen=True, kw_only=True)
class Coupons:
    """What HQ issued for the day."""

    bound: str
    gift: str
    chain_wide: str
    taken_back: str
    revoked: IssuedCoupon


class Till:
    """A till of a store, as its POS works it."""

    def __init__(self, site: StoreSite) -> None:
        self._site = site

    async def post(self, path: str, order: dict[str, Any]) -> dict[str, Any]:
        """Send an order that must be recorded."""
        headers = {
            "Authorization": f"Bearer {self._site.api_key()}",
            "Idempotency-Key": str(uuid4()),
        }
        async with aiohttp.ClientSession(self._site.url, headers=headers) as session:
            answer = await session.post(f"/api/v1/{path}", json=AT | order)
            told: dict[str, Any] = await answer.json()
            assert answer.status == 201, told
            return told


async def live(chain: Chain) -> None:
    """Live through the day; everything is at HQ, settled and told when it returns."""
    coupons = await _prepare(chain)
    first, second, third = (Till(chain.stores[code]) for code in STORES)
    shift = (await first.post("shifts", {"float_fen": 20_000}))["shift_id"]
    await _sales_and_refunds(first, coupons)
    await _redemptions(chain, first, second, coupons)
    await first.post(f"shifts/{shift}/cash", {"amount_fen": -5_000, "why": "交银行"})
    await first.post(
        f"shifts/{shift}/cash", {"amount_fen": 300, "why": "零钱", "approved_by": "9001"}
    )
    await first.post(f"shifts/{shift}/drawer", {"why": "换零钱", "approved_by": "9001"})
    await first.post(f"shifts/{shift}/closing", {"counted_fen": 15_300})
    await _settled(chain)
    await third.post("sales", BIG_SALE)
    await _settled(chain)
    await _replace_pc(chain, chain.stores[STORES[2]])
    await third.post("sales", BIG_SALE)
    await _settled(chain)
    now = SystemClock().wall()
    async with chain.hq.connection() as db:
        await revoke_coupons(db, [coupons.revoked.coupon_id], now=now)
        await db.execute(_PARK, STORES)


async def _replace_pc(chain: Chain, site: StoreSite) -> None:
    """Begin anew on an empty disk, enrolled anew; HQ tells what the lost one did."""
    await replace_pc(chain, site)
    async with chain.hq.connection() as db:
        await until("the past has come", partial(_knows_the_past, site), timeout_s=IN_TIME_S)
        await until("all has come", partial(holds_supply, db, site), timeout_s=IN_TIME_S)


async def _knows_the_past(site: StoreSite) -> bool:
    with site.database() as db:
        return bool(db.execute("SELECT count(*) FROM past_event").fetchone()[0])


async def _sales_and_refunds(till: Till, coupons: Coupons) -> None:
    milk = {"sku": MILK, "quantity": 2}
    apples = {"sku": APPLES, "weight_g": 1_234}
    cash = {"kind": "cash", "amount_fen": 2_280, "given_fen": 5_000}
    weighed = await till.post("sales", {"lines": [milk, apples], "tenders": [cash]})
    back = {"lines": [{"place": 0, "quantity": 1}], "why": "破损", "approved_by": "9001"}
    refund = back | {"tenders": [{"kind": "cash", "amount_fen": 350}]}
    await till.post(f"sales/{weighed['sale_id']}/refunds", refund)

    rice = {"sku": RICE, "quantity": 2}
    ways = [{"kind": "wechat", "amount_fen": 5_000}, {"kind": "card", "amount_fen": 6_480}]
    order = {"lines": [rice], "coupons": [coupons.bound], "member_id": MEMBER, "tenders": ways}
    bought = await till.post("sales", order)
    assert bought["given"], "no coupon was handed out"
    whole = {"why": "不想要了", "approved_by": "9001", "tenders": ways}
    await till.post(f"sales/{bought['sale_id']}/refunds", whole)

    toy = {"sku": TOY, "quantity": 1}
    paid = [{"kind": "alipay", "amount_fen": 5_990}]
    order = {"lines": [{"sku": RICE}, toy], "coupons": [coupons.gift], "tenders": paid}
    await till.post("sales", order)


async def _redemptions(chain: Chain, first: Till, second: Till, coupons: Coupons) -> None:
    """A passphrase, one that is taken back, and one coupon in both stores while one is cut off."""
    order = {"order_fen": 10_000}
    await first.post("redemptions", order | {"code": PASSPHRASE, "member_id": MEMBER})
    line = chain.stores[STORES[1]].line
    await line.cut(LineCut.REFUSE)
    for till in (first, second):
        await till.post("redemptions", order | {"code": coupons.chain_wide, "order_ref": "B-7"})
    await line.mend()
    used = await first.post("redemptions", order | {"code": coupons.taken_back})
    await _settled(chain)
    path = f"redemptions/{used['verdict']['redemption_id']}/reversal"
    await first.post(path, {"why": "顾客改变主意"})


async def _prepare(chain: Chain) -> Coupons:
    now = SystemClock().wall()
    ends = Millis(now + 365 * DAY_MS)
    async with chain.hq.connection() as db:
        await put_articles(db, ARTICLES)
        members = [Member(member_id=MEMBER, tier="gold", phone_masked="138****5678", stores=STORES)]
        await put_members(db, members)
        for store in STORES:
            await set_stock(db, store, {MILK: 100, RICE: 50, TOY: 10})

        async def campaign(name: str, rule: Rule, class_: CampaignClass, *skus: str) -> int:
            dates = {"starts_at": Millis(now - DAY_MS), "ends_at": ends}
            added = await add_campaign(
                db,
                name=name,
                rule=rule,
                class_=class_,
                skus=skus,
                **dates,  # type: ignore[arg-type]  # dates
            )
            return added.campaign

        off = AmountOff(min_fen=3_000, off_fen=500)
        bound = await campaign("满30减5", off, CampaignClass.BOUND)
        gift = await campaign("满50赠小熊", Gift(sku=TOY, min_fen=5_000), CampaignClass.BOUND)
        chain_wide = await campaign("全国9折", PercentOff(pay_bp=9_000), CampaignClass.CHAIN)
        await campaign("套餐", SetPrice(price_fen=1_500), CampaignClass.CHAIN, MILK, APPLES)

        def terms(number: int, store: str | None, channel: Channel = Channel.ONLINE) -> Terms:
            begin = Millis(now - DAY_MS)
            return Terms(
                campaign=number, not_before=begin, expires=ends, store=store, channel=channel
            )

        async def coupon(of: Terms) -> IssuedCoupon:
            [issued] = await issue_coupons(db, chain.hq.key_store, of, count=1, now=now)
            return issued

        store = STORES[0]
        for giver in (STORES[0], STORES[2]):
            await hand_out(
                *(db, chain.hq.key_store, terms(bound, giver, Channel.OFFLINE)),
                giver=giver,
                from_fen=10_000,
                count=3,
                now=now,
            )
        await issue_passphrase(db, terms(bound, store), PASSPHRASE, uses=2, now=now)
        footer = StagedSettings(receipt__footer=("谢谢光临",))
        await take_over(db, BOOK, now=now, at=TODAY)
        await create(db, settings=footer, version="", percent=100, stop_percent=5, now=now)
        coupons = Coupons(
            bound=(await coupon(terms(bound, store))).token,
            gift=(await coupon(terms(gift, store))).token,
            chain_wide=(await coupon(terms(chain_wide, None))).token,
            taken_back=(await coupon(terms(chain_wide, None))).token,
            revoked=await coupon(terms(chain_wide, None)),
        )
        for site in chain.stores.values():
            what = f"{site.code} holds what HQ has"
            await until(what, partial(holds_supply, db, site), timeout_s=IN_TIME_S)
            await until("the handouts have come", partial(_has_handouts, site), timeout_s=IN_TIME_S)
    return coupons


async def _has_handouts(site: StoreSite) -> bool:
    with site.database() as db:
        count = "SELECT (SELECT count(*) FROM handout) + (SELECT count(*) FROM opaque_code)"
        return bool(db.execute(count).fetchone()[0] == _HANDED_OUT[site.code])


_HANDED_OUT = dict(zip(STORES, (4, 0, 3), strict=True))
"""Coupons to hand out and codes, by store."""


async def _settled(chain: Chain) -> None:
    for site in chain.stores.values():
        await until(f"{site.code} is drained", partial(is_drained, site), timeout_s=IN_TIME_S)
    async with chain.hq.connection() as db:
        await until("HQ has settled", partial(is_settled, db), timeout_s=IN_TIME_S)
