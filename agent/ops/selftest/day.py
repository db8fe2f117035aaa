"""Checks on a POS's day: scan, quote, sell, find, give back, redeem, take back."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from agent.ops.selftest.check import Check, NotTriedError
from agent.ops.selftest.orders import (
    AT_TILL,
    PAYABLE_FEN,
    QUOTES,
    REDEMPTIONS,
    SALES,
    SCANS,
    basket,
    sale,
    sell,
)
from agent.ops.selftest.wire import NEW, Reply, UnexpectedError, Wire

PAYMENT_CODE = "134567890123456789"
"""Has the form of a WeChat payment code."""
NO_CODE = "SELFTEST-NO-COUPON"
ORDER_FEN = 1_000_000
"""10,000 yuan: above what any campaign is likely to ask for."""


def day_checks(codes: Sequence[str]) -> tuple[Check, ...]:
    """Return the checks; `codes` are coupons to try, which stay good."""
    return (
        _check("scan", "Scans tell what a code is 扫码识别", _SCAN, _scan),
        _check("quote", "A quote is what the sale comes to 试算等于成交", _QUOTE, _quote),
        _check("tenders", "Tenders come to exactly what is payable 支付须相符", _QUOTE, _tenders),
        _check("find", "A sale can be found again 可查小票", _FIND, _find),
        _check("refund", "A sale can be given back, once 退款一次", _REFUND, _refund),
        _check("refusal", "A refusal is an answer, no error 拒绝是结果", _REFUSAL, _refusal),
        _check(
            "redemption", "Redeem and take back 核销与撤销", _REDEEM, partial(_redeem, codes=codes)
        ),
        *(
            _check(f"code_{n}", f"Code {n} 券码", _CODE, partial(_code, code))
            for n, code in enumerate(codes, start=1)
        ),
    )


_SCAN = "Go by `kind`, not by the look of a code; show `verdict.sentence` to the cashier."
_QUOTE = "Ask POST quotes first and tender exactly its payable_fen; change is told by given_fen."
_FIND = "Keep sale_id; GET sales/{sale_id} says whether head office has confirmed it."
_REFUND = "Ask POST sales/{id}/refund-quotes, then give back exactly its refunded_fen."
_REFUSAL = "Look at `redeemed` or `recorded`, not at the status alone: 200 may mean no."
_REDEEM = "Keep redemption_id; take back by POST redemptions/{redemption_id}/reversal."
_CODE = "Show the sentence; go by outcome and reason."


def _check(name: str, title: str, hint: str, run: Callable[[Wire], Awaitable[str]]) -> Check:
    return Check(name=name, title=title, hint=hint, run=run)


async def _scan(wire: Wire) -> str:
    for code, kind in ((PAYMENT_CODE, "payment"), (NO_CODE, "other")):
        reply = (await wire.post(SCANS, {"code": code})).expect(200)
        _same("kind", reply.field("kind", str), kind)
        _same("outcome", reply.field("verdict.outcome", str), "refused")
        for language in ("zh-CN", "en"):
            reply.field(f"verdict.sentence.{language}", str)
    return "a payment code is money; an unknown code is refused, with a sentence"


async def _quote(wire: Wire) -> str:
    quoted = (await wire.post(QUOTES, basket())).expect(200)
    sold = await sell(wire)
    _same("recorded of a quote", quoted.field("recorded", bool), False)
    _same("recorded of a sale", sold.field("recorded", bool), True)
    for name in ("total_fen", "discount_fen", "payable_fen"):
        _same(name, sold.field(name, int), quoted.field(name, int))
    return f"{quoted.field('payable_fen', int)} fen both times"


async def _tenders(wire: Wire) -> str:
    reply = await wire.post(SALES, sale(PAYABLE_FEN - 1), key=NEW)
    reply.expect_problem(422, "tenders_do_not_match")
    _same("extra.payable_fen", reply.field("extra.payable_fen", int), PAYABLE_FEN)
    return "422 for one fen less, and it says what is payable"


async def _find(wire: Wire) -> str:
    sold = await sell(wire)
    found = (await wire.get(f"{SALES}/{sold.field('sale_id', str)}")).expect(200)
    _same("receipt", found.field("receipt", str), sold.field("receipt", str))
    _same("sale.payable_fen", found.field("sale.payable_fen", int), PAYABLE_FEN)
    return f"receipt {found.field('receipt', str)}, {found.field('state', str)}"


async def _refund(wire: Wire) -> str:
    place = f"{SALES}/{(await sell(wire)).field('sale_id', str)}"
    quoted = (await wire.post(f"{place}/refund-quotes", {})).expect(200)
    back_fen = quoted.field("refunded_fen", int)
    _same("refunded_fen", back_fen, PAYABLE_FEN)
    order = {
        **AT_TILL,
        "why": "selftest",
        "approved_by": AT_TILL["cashier"],
        "tenders": [{"kind": "cash", "amount_fen": back_fen}],
    }
    done = (await wire.post(f"{place}/refunds", order, key=NEW)).expect(201)
    _same("recorded", done.field("recorded", bool), True)
    again = await wire.post(f"{place}/refunds", order, key=NEW)
    if again.status < 400:
        raise UnexpectedError("the same sale was given back twice")
    return f"{back_fen} fen given back; the second time refused: {again.field('code', str)}"


async def _refusal(wire: Wire) -> str:
    refused = (await _redeem_code(wire, NO_CODE)).expect(200)
    _same("redeemed", refused.field("redeemed", bool), False)
    reply = await wire.post(f"{REDEMPTIONS}/none/reversal", {**AT_TILL, "why": "selftest"}, key=NEW)
    reply.expect_problem(404, "unknown_redemption")
    return f"200 with redeemed false: {refused.field('verdict.reason', str)}"


async def _redeem(wire: Wire, *, codes: Sequence[str]) -> str:
    code = await _good_one(wire, codes)
    done = (await _redeem_code(wire, code)).expect(201)
    again = (await _redeem_code(wire, code)).expect(200)
    _same("reason", again.field("verdict.reason", str), "already_used")
    reversal = f"{REDEMPTIONS}/{done.field('verdict.redemption_id', str)}/reversal"
    (await wire.post(reversal, {**AT_TILL, "why": "selftest"}, key=NEW)).expect(201)
    free = (await _redeem_code(wire, code)).expect(201)
    undo = f"{REDEMPTIONS}/{free.field('verdict.redemption_id', str)}/reversal"
    (await wire.post(undo, {**AT_TILL, "why": "selftest"}, key=NEW)).expect(201)
    return "used, refused as used, taken back, good again"


async def _good_one(wire: Wire, codes: Sequence[str]) -> str:
    for code in codes:
        reply = (await wire.post(SCANS, {"code": code})).expect(200)
        verdict = reply.value.get("verdict") or {}
        if str(verdict.get("outcome", "")).startswith("accepted"):
            return code
    raise NotTriedError("needs a coupon that is good: --code CODE; it stays good")


async def _code(code: str, wire: Wire) -> str:
    reply = (await wire.post(SCANS, {"code": code})).expect(200)
    kind = reply.field("kind", str)
    if reply.value.get("verdict") is None:
        return kind
    reason = reply.value["verdict"].get("reason")
    told = f"{kind}: {reply.field('verdict.outcome', str)}{f' ({reason})' if reason else ''}"
    return f"{told} {reply.field('verdict.sentence.zh-CN', str)}"


async def _redeem_code(wire: Wire, code: str) -> Reply:
    order = {**AT_TILL, "code": code, "order_fen": ORDER_FEN}
    return await wire.post(REDEMPTIONS, order, key=NEW)


def _same(what: str, got: object, expected: object) -> None:
    if got != expected:
        raise UnexpectedError(f"expected {what} {expected!r}, got {got!r}")
