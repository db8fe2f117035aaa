"""Whatever was sold, its receipt can be made, kept and laid out: no sale fails by its paper."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.basket import Line
from agent.domain.coupons.events import Redemption
from agent.domain.money import MAX_FEN
from agent.domain.printing.coupon import CouponGiven
from agent.domain.printing.letterhead import copy_of
from agent.domain.printing.printout import Printout
from agent.domain.printing.sale import BuyingMember, SoldPaper, sale_receipt
from agent.domain.promotions.events import AppliedPromotion
from agent.domain.selling.events import SaleRecorded, Tender, TenderKind
from drivers.printer.paper.encode import encode
from drivers.printer.paper.font import Encoding
from drivers.printer.paper.layout import lay_out
from tests.domain.printing.papers import ISSUE, SHOP

FENS = st.integers(0, MAX_FEN)
TOKENS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", max_size=226)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)

LINES = st.builds(
    Line,
    sku=TEXTS,
    name=TEXTS,
    quantity=st.integers(1, 9_999),
    unit_price_fen=FENS,
    amount_fen=FENS,
    weight_g=st.none() | st.integers(0, 99_999),
    tax_bp=st.none() | st.integers(0, 10_000),
)
USES = st.builds(
    Redemption,
    redemption_id=TEXTS,
    coupon_id=TEXTS,
    campaign=st.integers(0, 3),
    discount_fen=FENS,
    at_risk=st.booleans(),
    bound=st.booleans(),
    policy_version=st.just(1),
)
TENDERS = st.builds(
    Tender,
    kind=st.sampled_from(TenderKind),
    amount_fen=FENS,
    given_fen=st.none() | FENS,
)
PROMOTIONS = st.builds(
    AppliedPromotion,
    promotion=TEXTS,
    name=TEXTS,
    fen=FENS,
    shares=st.lists(st.tuples(st.just(0), FENS), max_size=2).map(tuple),
    by_line=st.booleans(),
    coupon_id=st.none() | TEXTS,
)
SALES = st.builds(
    SaleRecorded,
    sale_id=TEXTS,
    receipt_no=st.integers(1, 10**9),
    lines=st.lists(LINES, min_size=1, max_size=5).map(tuple),
    redemptions=st.lists(USES, max_size=3).map(tuple),
    tenders=st.lists(TENDERS, min_size=1, max_size=3).map(tuple),
    total_fen=FENS,
    discount_fen=FENS,
    payable_fen=FENS,
    points_earned=st.integers(0, 10**9),
    member_id=st.none() | TEXTS,
    given=st.just(()),
    promotions=st.lists(PROMOTIONS, max_size=3).map(tuple),
)
PAPERS = st.builds(
    SoldPaper,
    sale=SALES,
    issue=st.just(ISSUE),
    campaigns=st.dictionaries(st.integers(0, 3), TEXTS, max_size=4),
    member=st.none()
    | st.builds(BuyingMember, phone_masked=TEXTS, points=st.integers(-(10**9), 10**9)),
    to_be_synced=st.booleans(),
    given=st.lists(
        st.builds(
            CouponGiven,
            campaign=TEXTS,
            token=TOKENS,
            not_before=st.none() | st.integers(0, 2**53),
            expires=st.none() | st.integers(1, 2**53),
            min_fen=st.integers(0, 10**9),
            some_articles=st.booleans(),
            store=st.none() | TEXTS,
            stackable=st.booleans(),
        ),
        max_size=2,
    ).map(tuple),
)


@pytest.mark.parametrize("columns", [32, 48])
@given(sold=PAPERS)
def test_a_receipt_of_anything_is_made_kept_and_laid_out(sold: SoldPaper, columns: int) -> None:
    receipt = copy_of(sale_receipt(SHOP, sold), 1, at="2026-01-01 12:00:00")
    kept = msgspec.json.decode(msgspec.json.encode(receipt), type=Printout)
    assert kept == receipt
    assert encode(lay_out(kept, columns), encoding=Encoding.GB18030, columns=columns)
