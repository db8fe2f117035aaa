"""Receipts say what people need on them, and nothing that is nobody's business."""

import msgspec
import pytest

from agent.base.clock import DAY_MS, HOUR_MS, Millis
from agent.domain.basket import Line
from agent.domain.cash.shift import CashierTotal, ShiftReport, TenderTotal
from agent.domain.coupons.events import Redemption
from agent.domain.printing.coupon import CouponGiven
from agent.domain.printing.letterhead import TRAINING_MARK, copy_of
from agent.domain.printing.printout import Pair, Printout, Qr, Row, Text
from agent.domain.printing.refund import RefundedPaper, refund_receipt
from agent.domain.printing.report import place_of, shift_report
from agent.domain.printing.sale import BuyingMember, SoldPaper, sale_receipt
from agent.domain.printing.trial import trial_page
from agent.domain.refunds.events import FreedCoupon, RefundedLine, SaleRefunded
from agent.domain.selling.events import SaleRecorded, Tender, TenderKind
from tests.domain.printing.papers import ISSUE, NOON, SHOP

RICE = Line(sku="RICE-5KG", name="大米 5kg", quantity=2, unit_price_fen=5_990, amount_fen=11_980)
COLA = Line(sku="COLA-330", name="", quantity=2, unit_price_fen=350, amount_fen=700)
SALE = SaleRecorded(
    sale_id="s1",
    receipt_no=123,
    lines=(RICE, COLA),
    redemptions=(),
    tenders=(Tender(kind=TenderKind.CASH, amount_fen=12_680, given_fen=15_000),),
    total_fen=12_680,
    discount_fen=0,
    payable_fen=12_680,
    points_earned=0,
)
MEMBER = BuyingMember(phone_masked="138****5678", points=1_106)


def redemption(
    *, campaign: int = 1, discount_fen: int = 2_000, at_risk: bool = False
) -> Redemption:
    return Redemption(
        redemption_id="r1",
        coupon_id="c1",
        campaign=campaign,
        discount_fen=discount_fen,
        at_risk=at_risk,
        bound=not at_risk,
        policy_version=1,
    )


def sold(**more: object) -> SoldPaper:
    return msgspec.structs.replace(SoldPaper(sale=SALE, issue=ISSUE, campaigns={}), **more)


def words(printout: Printout) -> list[str]:
    """Return what stands on the paper, one text an element, cells parted by a bar."""
    found = []
    for element in printout.elements:
        match element:
            case Text(text=text):
                found.append(text)
            case Pair(left=left, right=right):
                found.append(f"{left}|{right}")
            case Row(cells=cells):
                found.append("|".join(cells))
            case Qr(data=data, caption=caption):
                found.append(f"QR {data}|{caption}")
    return found


def test_a_sale_s_receipt_says_where_when_who_what_and_how_it_was_paid() -> None:
    assert words(sale_receipt(SHOP, sold())) == [
        "徐家汇店",
        "漕溪北路1号",
        "021-5555 0100",
        "销售小票",
        "小票号|MB001-T1-000123",
        "机号 T1|工号 C7",
        "日期时间|2026-01-01 12:00:00",
        "品名|数量×单价|金额",
        "大米 5kg|2×59.90|119.80",
        "COLA-330|2×3.50|7.00",
        "小计 共2项|126.80",
        "合计|¥126.80",
        "现金|126.80",
        "实收|150.00",
        "找零|23.20",
        "谢谢光临",
    ]


def test_what_was_weighed_says_its_weight_below_its_price() -> None:
    pears = Line(
        sku="2200", name="鸭梨", quantity=1, unit_price_fen=835, amount_fen=835, weight_g=652
    )
    told = words(sale_receipt(SHOP, sold(sale=msgspec.structs.replace(SALE, lines=(pears, RICE)))))
    where = told.index("鸭梨|1×8.35|8.35")
    assert told[where + 1 : where + 3] == ["  每份净重 0.652kg", "大米 5kg|2×59.90|119.80"]


def test_each_coupon_stands_with_its_campaign_and_what_it_gave() -> None:
    sale = msgspec.structs.replace(
        SALE,
        redemptions=(redemption(), redemption(campaign=2, discount_fen=500, at_risk=True)),
        discount_fen=2_500,
        payable_fen=10_180,
    )
    told = words(sale_receipt(SHOP, sold(sale=sale, campaigns={1: "满100减20"})))
    assert "优惠 满100减20|-20.00" in told
    assert "优惠 活动2 *|-5.00" in told
    assert "优惠合计|-25.00" in told
    assert "合计|¥101.80" in told
    assert "* 此优惠券待总部确认" in told


def test_a_certain_coupon_carries_no_mark_of_risk() -> None:
    sale = msgspec.structs.replace(SALE, redemptions=(redemption(),), discount_fen=2_000)
    assert not [text for text in words(sale_receipt(SHOP, sold(sale=sale))) if "*" in text]


def test_a_member_is_shown_masked_with_points_earned_and_balance() -> None:
    sale = msgspec.structs.replace(SALE, points_earned=126, member_id="ab" * 12)
    printout = sale_receipt(SHOP, sold(sale=sale, member=MEMBER))
    told = words(printout)
    assert [text for text in told if text.startswith(("会员", "本次积分", "积分余额"))] == [
        "会员|138****5678",
        "本次积分|+126",
        "积分余额|1106",
    ]
    assert "ab" * 12 not in msgspec.json.encode(printout).decode()


@pytest.mark.parametrize("to_be_synced", [True, False])
def test_the_note_of_a_sale_without_the_line_is_there_only_then(to_be_synced: bool) -> None:
    told = words(sale_receipt(SHOP, sold(to_be_synced=to_be_synced)))
    assert ("断网收银：本小票待同步" in told) is to_be_synced


def test_a_coupon_given_is_a_code_on_the_first_paper_and_a_name_on_a_copy() -> None:
    given = CouponGiven(campaign="下次满50减5", token="HQ1ABC")
    assert "QR HQ1ABC|赠券 下次满50减5" in words(sale_receipt(SHOP, sold(given=(given,))))
    named = msgspec.structs.replace(given, token="")
    again = words(sale_receipt(SHOP, sold(given=(named,))))
    assert "赠券 下次满50减5：见首张小票" in again
    assert not [text for text in again if text.startswith("QR")]


def test_a_coupon_given_says_until_when_and_from_which_sum_it_is_good() -> None:
    """NOON is 2026-01-01 12:00 in the shop; the coupon ends at midnight after the 31st."""
    expires = Millis(NOON + 30 * DAY_MS + 12 * HOUR_MS)
    given = CouponGiven(campaign="下次满100减20", token="HQ1ABC", expires=expires, min_fen=10_000)
    told = words(sale_receipt(SHOP, sold(given=(given,))))
    code = told.index("QR HQ1ABC|赠券 下次满100减20")
    assert told[code + 1 : code + 3] == ["有效期至 2026-01-31 23:59", "满100.00元可用"]
    strict = msgspec.structs.replace(
        given,
        not_before=Millis(NOON + DAY_MS),
        some_articles=True,
        store=SHOP.store,
        stackable=False,
        min_fen=0,
    )
    assert words(sale_receipt(SHOP, sold(given=(strict,))))[code + 1 : code + 6] == [
        "2026-01-02 12:00 起可用",
        "有效期至 2026-01-31 23:59",
        "限指定商品",
        "限本店使用",
        "不与其他优惠券同用",
    ]


def test_the_e_receipt_s_address_names_receipt_and_sale_and_takes_no_other_field() -> None:
    address = "https://e.example/{receipt}/{sale_id}?{till}"
    shop = msgspec.structs.replace(SHOP, e_receipt_url=address)
    told = words(sale_receipt(shop, sold()))
    assert "QR https://e.example/MB001-T1-000123/s1?{till}|扫码查看电子小票 E-receipt" in told


def test_the_receipt_says_where_to_ask_for_an_invoice() -> None:
    letterhead = msgspec.structs.replace(SHOP, invoice_url="https://i.example/{sale_id}")
    told = words(sale_receipt(letterhead, sold()))
    assert "QR https://i.example/s1|扫码开票 Invoice" in told
    assert not [text for text in words(sale_receipt(SHOP, sold())) if "开票" in text]


def test_a_copy_says_on_top_which_one_it_is_and_is_the_same_below() -> None:
    first = sale_receipt(SHOP, sold())
    copy = copy_of(first, 2, at="2026-01-01 12:05:00")
    assert words(copy)[:2] == ["补打 第2次 REPRINT", "补打时间 2026-01-01 12:05:00"]
    assert copy.elements[2:] == first.elements
    assert not [text for text in words(first) if "补打" in text]


def test_a_paper_of_training_says_so_all_over() -> None:
    training = msgspec.structs.replace(SHOP, training=True)
    assert sale_receipt(training, sold()).watermark == TRAINING_MARK
    assert sale_receipt(SHOP, sold()).watermark == ""


def test_a_store_without_a_name_shows_its_code() -> None:
    nameless = msgspec.structs.replace(SHOP, name="")
    assert words(sale_receipt(nameless, sold()))[0] == "MB001"


def test_a_refund_says_what_came_back_from_which_receipt_and_why() -> None:
    refund = SaleRefunded(
        refund_id="f1",
        sale_id="s1",
        receipt_no=124,
        lines=(RefundedLine(place=0, sku="RICE-5KG", quantity=1, amount_fen=5_000),),
        tenders=(Tender(kind=TenderKind.CASH, amount_fen=5_000),),
        refunded_fen=5_000,
        points_back=50,
        freed=(FreedCoupon(redemption_id="r1", coupon_id="c1"),),
        lapsed=(FreedCoupon(redemption_id="r2", coupon_id="c2"),),
        why="包装破损",
        approved_by="S1",
    )
    issue = msgspec.structs.replace(ISSUE, number="MB001-T1-000124")
    facts = RefundedPaper(
        refund=refund, issue=issue, sold_as="MB001-T1-000123", sold=(RICE, COLA), member=MEMBER
    )
    told = words(refund_receipt(SHOP, facts))
    assert told[3:] == [
        "退货单 REFUND",
        "小票号|MB001-T1-000124",
        "机号 T1|工号 C7",
        "日期时间|2026-01-01 12:00:00",
        "原小票号|MB001-T1-000123",
        "大米 5kg|-1|-50.00",
        "退款合计|¥-50.00",
        "退现金|-50.00",
        "会员|138****5678",
        "扣回积分|-50",
        "积分余额|1106",
        "原因|包装破损",
        "主管工号|S1",
        "1张优惠券已退回，可再次使用",
        "1张优惠券已失效，不能再用",
        "顾客签名：________________",
        "谢谢光临",
    ]
    forgotten = msgspec.structs.replace(facts, sold=())
    assert "RICE-5KG|-1|-50.00" in words(refund_receipt(SHOP, forgotten))


def report(**more: object) -> ShiftReport:
    running = ShiftReport(
        store="MB001",
        till="T1",
        shift_id="sh1",
        z_no=7,
        opened_at=NOON,
        opened_by="C7",
        closed_at=None,
        closed_by=None,
        from_seq=10,
        through_seq=20,
        sales_count=3,
        sales_fen=30_000,
        discount_fen=2_000,
        refunds_count=1,
        refunds_fen=5_000,
        coupons_count=2,
        at_risk_count=1,
        points_earned=300,
        first_receipt_no=1,
        last_receipt_no=4,
        drawer_openings=1,
        tenders=(TenderTotal(kind="cash", in_fen=30_000, out_fen=5_000),),
        cashiers=(
            CashierTotal(
                cashier="C7", sales_count=3, sales_fen=30_000, refunds_fen=5_000, coupons_count=2
            ),
        ),
        float_fen=50_000,
        cash_in_fen=0,
        cash_out_fen=10_000,
        expected_cash_fen=65_000,
        counted_fen=None,
        difference_fen=None,
    )
    return msgspec.structs.replace(running, **more)


def test_an_x_report_shows_the_running_shift_without_a_count() -> None:
    told = words(shift_report(SHOP, report(), at=NOON))
    assert told[3] == "X 报表 班次中 未结算"
    assert {"销售 3笔|300.00", "净额|¥250.00", "现金|300.00|-50.00", "应有现金|650.00"} <= set(told)
    assert not [text for text in told if text.startswith(("实点", "长短款", "交班", "签名"))]


def test_a_report_tells_discounts_by_hand_and_rounding_where_there_were_some() -> None:
    told = words(shift_report(SHOP, report(by_hand_count=2, by_hand_fen=350), at=NOON))
    assert "　手工优惠 2次|-3.50" in told
    assert "　抹零" not in str(told)
    assert "　抹零|-0.14" in words(shift_report(SHOP, report(rounding_fen=14), at=NOON))


def test_a_report_thanks_nobody() -> None:
    assert SHOP.footer[0] in words(sale_receipt(SHOP, sold()))
    assert SHOP.footer[0] not in words(shift_report(SHOP, report(), at=NOON))


@pytest.mark.parametrize(("difference_fen", "shown"), [(-150, "-1.50"), (20, "+0.20"), (0, "0.00")])
def test_a_z_report_shows_the_count_the_difference_and_its_seal(
    difference_fen: int, shown: str
) -> None:
    closed = report(
        closed_at=NOON,
        closed_by="C8",
        counted_fen=65_000 + difference_fen,
        difference_fen=difference_fen,
    )
    told = words(
        shift_report(
            SHOP,
            closed,
            at=NOON,
            receipt_of=("MB001-T1-000001", "MB001-T1-000004"),
            signature="0123456789abcdef" * 8,
            place=place_of(4_711, bytes.fromhex("3fa90c117b2e" + "00" * 26)),
        )
    )
    assert told[3] == "Z 报表 交班结算 第7号"
    assert f"长短款|{shown}" in told
    assert "交班 C8|2026-01-01 12:00:00" in told
    assert "末张小票|MB001-T1-000004" in told
    assert "签名校验|0123456789abcdef" in told
    assert "流水校验|4711:3fa90c117b2e" in told


@pytest.mark.parametrize("columns", [32, 48])
def test_the_test_page_s_ruler_is_as_long_as_the_line(columns: int) -> None:
    told = words(trial_page(SHOP, columns=columns, printer="tcp://127.0.0.1:9100", at=NOON))
    rulers = [text for text in told if text.startswith("1234567890")]
    assert [len(ruler) for ruler in rulers] == [columns]


def test_a_line_whose_sum_is_not_that_of_its_pieces_shows_no_price_that_does_not_fit() -> None:
    two_for = msgspec.structs.replace(COLA, amount_fen=119)
    free = msgspec.structs.replace(SALE, lines=(two_for,), tenders=(), redemptions=())
    told = words(sale_receipt(SHOP, sold(sale=free)))
    assert "COLA-330|2件|1.19" in told
    assert not [text for text in told if "×3.50" in text]


def test_a_paper_of_the_night_tells_the_business_date_that_it_counts_under() -> None:
    day_before = msgspec.structs.replace(ISSUE, business_date="2025-12-31")
    assert "营业日|2025-12-31" in words(sale_receipt(SHOP, sold(issue=day_before)))
    same = msgspec.structs.replace(ISSUE, business_date="2026-01-01")
    assert not [text for text in words(sale_receipt(SHOP, sold(issue=same))) if "营业日" in text]
    told = words(shift_report(SHOP, report(), at=NOON, business_date="2026-01-01"))
    assert "营业日|2026-01-01" in told
