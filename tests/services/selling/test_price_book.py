"""Quote and sale by the price book in a real store's database: told, recorded, reckoned again."""

import dataclasses
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from agent.base.clock import DAY_MS, MINUTE_MS, Millis
from agent.domain.coupons.token import Channel as TokenChannel
from agent.domain.outcome import Reason
from agent.domain.promotions.again import differences
from agent.domain.promotions.book import Book
from agent.domain.promotions.offered import Why
from agent.domain.promotions.promotion import Promotion
from agent.domain.selling.events import SaleRecorded
from agent.services.coupons.order_book import local
from agent.services.desk.once import Ticket
from agent.services.desk.store_desk import StoreDesk
from agent.services.line.apply_changes import ChangeApplier
from agent.services.refunds.refund import Refund, Refunds
from agent.services.selling.errors import NoSuchLineError, TendersMismatchError
from agent.services.selling.sell import Quote, Sale, SaleAnswer, quote, sell
from agent.store.line import journal
from sync.hq.intake.rules import broken_rule
from tests.services.cash.money import POS
from tests.services.chain import COLA, COLA_FEN, MEMBER, RICE, RICE_FEN, STORE, Chain
from tests.services.feed import change, page
from tests.services.stopped_clock import StoppedClock

HALF = {
    "id": "HALF",
    "name": "可乐第二件半价",
    "effect": {"kind": "nth_piece", "n": 2, "pay_bp": 5_000},
    "scope": {"categories": ["饮料"]},
}
SPEND = {
    "id": "SPEND",
    "name": "满100减10",
    "effect": {"kind": "amount_off", "min_fen": 10_000, "off_fen": 1_000},
}
DINE_IN = {
    "id": "DINE",
    "name": "堂食减1",
    "effect": {"kind": "amount_off", "off_fen": 100},
    "when": {"channels": ["dine_in"]},
}
SECRET = {
    "id": "SECRET",
    "name": "暗号减2",
    "trigger": "passphrase",
    "passphrase": "秋日 OMO",
    "effect": {"kind": "amount_off", "off_fen": 200},
}
BY_COUPON = {
    "id": "P9",
    "name": "手册券减3",
    "trigger": "coupon",
    "effect": {"kind": "amount_off", "min_fen": 1_000, "off_fen": 300},
    "stacking": {"days_from_receipt": 30},
}
IN_BOOK = 77
RULES = {"round_down_to_fen": 10, "by_hand": {"supervisor_above_bp": 1_000}}
ONCE = {
    "id": "ONCE",
    "name": "会员每人一次减4",
    "effect": {"kind": "amount_off", "off_fen": 400},
    "scope": {"articles": ["ONCE-ONLY"]},
    "limits": {"per_member": 1},
}
TWICE = {
    "id": "TWICE",
    "name": "每天两单减5",
    "effect": {"kind": "amount_off", "off_fen": 500},
    "scope": {"articles": ["DAILY"]},
    "limits": {"per_day": 2},
}
FIRST = {
    "id": "FIRST",
    "name": "首单减6",
    "effect": {"kind": "amount_off", "off_fen": 600},
    "scope": {"articles": ["WELCOME"]},
    "when": {"first_purchase": True},
}
BOOK = (HALF, SPEND, DINE_IN, SECRET, BY_COUPON, ONCE, TWICE, FIRST)
COLAS = {"sku": COLA, "quantity": 2}


@pytest.fixture(autouse=True)
async def feed(chain: Chain, desk: StoreDesk) -> None:
    cola = {"sku": COLA, "name": "可乐", "price_fen": COLA_FEN, "categories": ["饮料"]}
    campaign = {
        "campaign": IN_BOOK,
        "name": "手册券",
        "class": "bound",
        "starts_at": 0,
        "ends_at": 2**52,
        "rule": {"type": "promotion", "promotion": "P9"},
    }
    applier = ChangeApplier(desk)
    await applier.apply(chain.page())
    told = [
        change("article", COLA, **cola),
        change("campaign", str(IN_BOOK), **campaign),
        change("price_rules", "rules", version=4, rules=RULES),
        *(change("promotion", str(one["id"]), version=3, promotion=one) for one in BOOK),
    ]
    await applier.apply(page(*told, at=desk.time.now()))


def order(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"till": "T1", "cashier": "1001", "lines": list(lines)} | more


async def quoted(desk: StoreDesk, *lines: dict[str, Any], **more: Any) -> SaleAnswer:
    return await quote(desk, msgspec.convert(order(*lines, **more), Quote))


async def sold(
    desk: StoreDesk, *lines: dict[str, Any], pay: int | None = None, **more: Any
) -> tuple[SaleAnswer, SaleRecorded]:
    """Sell for what the quote says, and read the journal."""
    payable = pay
    if payable is None:
        payable = (await quoted(desk, *lines, **more)).payable_fen
    tenders = [{"kind": "cash", "amount_fen": payable}]
    ordered = msgspec.convert(order(*lines, tenders=tenders, **more), Sale)
    ticket = Ticket(client="pos", key=uuid4().hex, request_hash=b"")
    answer = msgspec.json.decode((await sell(desk, ordered, ticket)).body, type=SaleAnswer)
    seq = answer.seq or 0
    body = await desk.database.read(lambda db: journal.body_at(db, seq))
    return answer, msgspec.json.decode(body or b"", type=SaleRecorded)


def again(sale: SaleRecorded, *promotions: dict[str, Any]) -> list[Any]:
    """What does not come out again from the sale's own record and the promotions it names."""
    assert sale.priced
    return differences(
        sale.lines,
        sale.promotions or (),
        sale.priced,
        store=STORE,
        member=sale.member_id is not None,
        promotions=[msgspec.convert(one, Promotion) for one in promotions],
        rules=msgspec.convert({"promotions": [], **RULES}, Book),
    )


async def test_a_sale_says_line_by_line_what_each_promotion_took_off(desk: StoreDesk) -> None:
    answer, sale = await sold(desk, COLAS, {"sku": RICE, "quantity": 2})
    off = {one.promotion: one.fen for one in answer.promotions}
    half = COLA_FEN // 2
    assert off == {"HALF": half, "SPEND": 1_000, "rounding": 5}
    assert answer.payable_fen == 2 * COLA_FEN + 2 * RICE_FEN - half - 1_000 - 5
    for line in answer.lines:
        assert line.net_fen == line.amount_fen - sum(one.fen for one in line.allocations)
    assert sum(line.net_fen for line in answer.lines) == answer.payable_fen
    assert [(one.promotion, one.version, one.fen) for one in sale.promotions or ()] == [
        ("HALF", 3, half),
        ("SPEND", 3, 1_000),
        ("rounding", 0, 5),
    ]
    assert sale.priced
    assert (sale.priced.rules, list(sale.priced.articles)) == (4, [COLA])
    assert broken_rule(sale) is None


async def test_head_office_reckons_a_sale_anew_from_its_own_record(desk: StoreDesk) -> None:
    hand = [{"kind": "off", "fen": 20, "reason": "瓶身划痕", "line": 0}]
    more: dict[str, Any] = {"channel": "dine_in", "passphrases": ["秋日ｏｍｏ"], "by_hand": hand}
    _, sale = await sold(desk, COLAS, {"sku": RICE, "quantity": 2}, member_id=MEMBER, **more)
    used = {one.promotion for one in sale.promotions or ()}
    assert used == {"HALF", "SPEND", "DINE", "SECRET", "by_hand", "rounding"}
    assert again(sale, HALF, SPEND, DINE_IN, SECRET) == []
    dearer = {**SPEND, "effect": {"kind": "amount_off", "min_fen": 10_000, "off_fen": 999}}
    assert {one.promotion for one in again(sale, HALF, dearer, DINE_IN, SECRET)} >= {"SPEND"}


async def test_what_is_missing_is_told_in_both_languages(desk: StoreDesk) -> None:
    answer = await quoted(desk, {"sku": RICE})
    near = next(one for one in answer.not_applied if one.promotion == "SPEND")
    assert (near.why, near.detail["short_fen"]) == (Why.MIN_SPEND_NOT_MET, 10_000 - RICE_FEN)
    assert (near.sentence.zh_cn, near.sentence.en) == (
        "再买 ¥40.10 可减 ¥10",
        "¥40.10 more and ¥10 are taken off",
    )
    assert answer.nudge == near.sentence
    assert {one.promotion for one in answer.not_applied} >= {"DINE", "SECRET", "P9"}
    assert not any(one.promotion.startswith("campaign-") for one in answer.not_applied)


async def test_a_coupon_whose_rule_stands_in_the_book_is_used_up_by_it(
    chain: Chain, desk: StoreDesk
) -> None:
    code = chain.token(IN_BOOK)
    answer, sale = await sold(desk, {"sku": RICE}, coupons=[code])
    (use,) = sale.redemptions
    by_coupon = next(one for one in sale.promotions or () if one.coupon_id)
    assert (by_coupon.promotion, by_coupon.version, by_coupon.fen) == ("P9", 3, 300)
    assert (use.coupon_id, use.discount_fen) == (by_coupon.coupon_id, 300)
    assert answer.coupons[0].discount_fen == 300
    assert again(sale, BY_COUPON) == []
    assert broken_rule(sale) is None


async def test_of_two_coupons_the_best_is_taken_in_either_order_and_the_other_stays_unused(
    chain: Chain, desk: StoreDesk
) -> None:
    codes = [chain.token(IN_BOOK), chain.token()]  # 减3 and 满100减20, both online
    seen = []
    for order_ in (codes, codes[::-1]):
        answer = await quoted(desk, {"sku": RICE, "quantity": 2}, coupons=order_)
        reasons = {one.campaign: one.reason for one in answer.coupons}
        seen.append((answer.payable_fen, reasons))
    assert seen[0] == seen[1]
    assert seen[0] == (11_980 - 1_000 - 2_000, {IN_BOOK: Reason.COUPON_LIMIT, 1: None})


async def test_a_promotion_that_ends_before_payment_is_said_and_nothing_is_recorded(
    chain: Chain, desk: StoreDesk
) -> None:
    lines = ({"sku": RICE, "quantity": 2},)
    shown = (await quoted(desk, *lines)).payable_fen
    await ChangeApplier(desk).apply(
        page(msgspec.structs.replace(change("promotion", "SPEND"), body=msgspec.Raw(b"null")))
    )
    with pytest.raises(TendersMismatchError) as refused:
        await sold(desk, *lines, pay=shown)
    assert refused.value.extra["payable_fen"] == shown + 1_000
    answer, _ = await sold(desk, *lines)
    assert answer.recorded  # control: at the new price it is


async def test_a_large_discount_by_hand_waits_for_a_supervisor(desk: StoreDesk) -> None:
    hand = [{"kind": "price", "fen": 100, "reason": "临期", "line": 0}]
    waiting = await quoted(desk, {"sku": RICE}, by_hand=hand)
    assert [one.outcome for one in waiting.by_hand] == ["needs_supervisor"]
    assert waiting.payable_fen == RICE_FEN
    answer, sale = await sold(desk, {"sku": RICE}, by_hand=hand, approved_by="9001")
    assert (answer.payable_fen, answer.by_hand[0].outcome) == (100, "accepted")
    assert again(sale) == []
    for wrong in ({"line": 1}, {"line": None}):
        with pytest.raises(NoSuchLineError):
            await quoted(desk, {"sku": RICE}, by_hand=[hand[0] | wrong])


async def test_a_sale_that_nothing_is_taken_off_says_nothing_of_promotions(
    desk: StoreDesk,
) -> None:
    _, sale = await sold(desk, {"sku": RICE, "unit_price_fen": 600})
    assert not sale.promotions
    assert not sale.priced


async def test_two_coupons_of_both_channels_are_reckoned_again(
    chain: Chain, desk: StoreDesk
) -> None:
    codes = [chain.token(IN_BOOK), chain.token(2, channel=TokenChannel.OFFLINE)]
    _, sale = await sold(desk, {"sku": RICE}, coupons=codes)
    tenth = next(one for one in sale.promotions or () if one.promotion == "campaign-2")
    assert tenth.rule  # of what campaigns give, nobody keeps versions
    assert again(sale, BY_COUPON, msgspec.to_builtins(tenth.rule)) == []


@pytest.mark.parametrize(("received", "together"), [(-29, True), (-31, False), (None, True)])
async def test_a_coupon_stands_beside_another_for_so_many_days_after_it_was_received(
    chain: Chain, desk: StoreDesk, received: int | None, together: bool
) -> None:
    codes = [
        chain.token(IN_BOOK, received=received),
        chain.token(2, channel=TokenChannel.OFFLINE),
    ]
    answer = await quoted(desk, {"sku": RICE}, coupons=codes)
    accepted = [one.outcome.is_accepted for one in answer.coupons]
    assert accepted.count(True) == (2 if together else 1)
    alone = await quoted(desk, {"sku": RICE}, coupons=codes[:1])
    assert [one.outcome.is_accepted for one in alone.coupons] == [True]


async def test_limits_hold_in_this_stores_knowledge_until_a_sale_comes_back_whole(
    desk: StoreDesk, clock: StoppedClock
) -> None:
    def good(sku: str) -> dict[str, Any]:
        return {"sku": sku, "unit_price_fen": 1_000}

    async def off(sku: str, **more: Any) -> int:
        return (await sold(desk, good(sku), **more))[1].discount_fen

    async def why(sku: str, promotion: str, **more: Any) -> Why:
        told = (await quoted(desk, good(sku), **more)).not_applied
        return next(one.why for one in told if one.promotion == promotion)

    assert await off("WELCOME", member_id=MEMBER) == 600
    assert await off("WELCOME", member_id=MEMBER) == 0
    assert await why("WELCOME", "FIRST", member_id=MEMBER) is Why.NOT_FIRST_PURCHASE

    answer, sale = await sold(desk, good("ONCE-ONLY"), member_id=MEMBER)
    assert sale.discount_fen == 400
    assert await why("ONCE-ONLY", "ONCE", member_id=MEMBER) is Why.LIMIT_REACHED
    assert await why("ONCE-ONLY", "ONCE") is Why.MEMBER_REQUIRED
    back = {
        "till": "T1",
        "cashier": "1001",
        "why": "退",
        "approved_by": "9001",
        "lines": [{"place": 0, "quantity": 1}],
        "tenders": [{"kind": "cash", "amount_fen": 600}],
    }
    ticket = Ticket(client="pos", key=uuid4().hex, request_hash=b"")
    order_ = msgspec.convert(back, Refund)
    refunds = Refunds(supervisor_from_fen=100_000)
    done = await refunds.refund(desk, answer.sale_id or "", order_, POS, ticket)
    assert done.status == 201
    assert await off("ONCE-ONLY", member_id=MEMBER) == 400

    assert [await off("DAILY") for _ in range(3)] == [500, 500, 0]
    clock.advance(DAY_MS)
    assert await off("DAILY") == 500


async def test_what_was_quoted_is_honoured_over_an_end_as_long_as_the_store_has_set(
    desk: StoreDesk, clock: StoppedClock
) -> None:
    ends = local(desk, Millis(desk.time.now() + MINUTE_MS)).isoformat(timespec="seconds")
    today = {**ONCE, "id": "TODAY", "limits": {}, "when": {"ends": ends}}
    await ChangeApplier(desk).apply(
        page(change("promotion", "TODAY", version=1, promotion=today), at=desk.time.now())
    )
    line = {"sku": "ONCE-ONLY", "unit_price_fen": 1_000}
    shown = await quoted(desk, line)
    assert shown.payable_fen == 600
    clock.advance(2 * MINUTE_MS)
    with pytest.raises(TendersMismatchError):
        await sold(desk, line, pay=600, priced_at=shown.priced_at)  # the default: never
    short, long = (dataclasses.replace(desk, honour_quote_ms=n * MINUTE_MS) for n in (1, 3))
    with pytest.raises(TendersMismatchError):
        await sold(short, line, pay=600, priced_at=shown.priced_at)
    answer, sale = await sold(long, line, pay=600, priced_at=shown.priced_at)
    assert (answer.payable_fen, answer.priced_at) == (600, shown.priced_at)
    assert again(sale, today) == []
    dear, _ = await sold(long, line, pay=1_000, priced_at=shown.priced_at)
    assert dear.recorded  # the customer was told the new sum and paid it
