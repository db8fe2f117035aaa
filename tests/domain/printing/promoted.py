"""A sale with everything that can be taken off it, and its receipt."""

from agent.domain.basket import Line
from agent.domain.coupons.events import Redemption
from agent.domain.printing.sale import SoldPaper
from agent.domain.promotions.events import AppliedPromotion
from agent.domain.selling.events import SaleRecorded, Tender, TenderKind
from tests.domain.printing.papers import ISSUE

COUPON = "c1"
SALE = SaleRecorded(
    sale_id="s1",
    receipt_no=123,
    lines=(
        Line(
            sku="RICE",
            name="大米 5kg",
            quantity=2,
            unit_price_fen=5_990,
            amount_fen=11_980,
            tax_bp=900,
        ),
        Line(sku="COLA", name="可乐", quantity=2, unit_price_fen=350, amount_fen=700, tax_bp=1_300),
    ),
    redemptions=(
        Redemption(
            redemption_id="r1",
            coupon_id=COUPON,
            campaign=1,
            discount_fen=500,
            at_risk=True,
            bound=False,
            policy_version=1,
        ),
    ),
    tenders=(Tender(kind=TenderKind.CASH, amount_fen=6_970),),
    total_fen=12_680,
    discount_fen=5_710,
    payable_fen=6_970,
    points_earned=0,
    promotions=(
        AppliedPromotion(
            promotion="P5",
            version=1,
            name="第二件半价",
            fen=2_995,
            shares=((0, 2_995),),
            by_line=True,
        ),
        AppliedPromotion(
            promotion="P1", version=3, name="满100减20", fen=2_000, shares=((0, 1_856), (1, 144))
        ),
        AppliedPromotion(
            promotion="P9",
            version=1,
            name="新人券",
            fen=500,
            shares=((0, 464), (1, 36)),
            coupon_id=COUPON,
        ),
        AppliedPromotion(
            promotion="by_hand", name="瓶身划痕", fen=210, shares=((1, 210),), by_line=True
        ),
        AppliedPromotion(promotion="rounding", name="抹零", fen=5, shares=((0, 5),)),
    ),
)
SOLD = SoldPaper(sale=SALE, issue=ISSUE, campaigns={})
