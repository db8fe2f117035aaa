"""Scan: say what a scanned code is and, for a coupon, what would become of it. Writes nothing."""

from enum import StrEnum

from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.coupons.codes import clean
from agent.domain.coupons.token import TokenKind
from agent.domain.outcome import Reason
from agent.domain.selling.gtin import gtin_of
from agent.domain.selling.scale_label import ScaleLabel, weighed_price
from agent.services.coupons.coupon_verdict import CouponVerdict
from agent.services.coupons.same_code import SameCode
from agent.services.coupons.verdict import Judged, Presented, Purchase, judge, present, tell
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import Cashier, Code, LineOrder, Lines, MemberId, Till
from agent.services.selling.pricing import price_lines
from agent.store import members
from agent.store.members import Member
from agent.store.selling import articles
from agent.store.selling.articles import Article
from agent.store.sqlite import Connection


class ScanKind(StrEnum):
    """What was scanned."""

    COUPON = "coupon"
    MEMBER = "member"
    ARTICLE = "article"
    PAYMENT = "payment"
    """Of WeChat, Alipay or UnionPay: money, never a coupon."""
    OTHER = "other"
    """Not known, or forged: the verdict says which."""


class Scan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scanned code, with the basket if there is one."""

    code: Code
    till: Till | None = None
    """Where: the same code at the same till within 2.5 s shows the first verdict again."""
    lines: Lines | None = None
    member_id: MemberId | None = None
    approved_by: Cashier | None = None


class ScanAnswer(Struct, frozen=True, kw_only=True):
    """What the code is."""

    kind: ScanKind
    verdict: CouponVerdict | None = None
    """For everything that is not a member or an article."""
    member: Member | None = None
    article: Article | None = None
    """The price of what is weighed is that of one kilogram."""
    line: LineOrder | None = None
    """The line of the article to put into the basket. A scale label's price is that of the piece,
    or of its weight."""


async def scan(desk: StoreDesk, order: Scan, same_code: SameCode) -> ScanAnswer:
    """Say what was scanned."""
    presented = present(desk, order.code)
    now = desk.time.now()
    answer = await desk.database.read(lambda db: _scan(desk, db, order, presented, now))
    if order.till is None or answer.verdict is None:
        return answer
    at_ms = desk.time.monotonic_ms()
    till = f"{desk.name} {order.till}"
    verdict = same_code.settle(till, clean(order.code), answer.verdict, at_ms)
    return ScanAnswer(kind=answer.kind, verdict=verdict)


def _scan(
    desk: StoreDesk, db: Connection, order: Scan, presented: Presented, now: Millis
) -> ScanAnswer:
    claims = presented.claims
    if claims is not None and claims.kind is TokenKind.MEMBER:
        member = members.member(db, claims.code_id)
        if member is not None and claims.not_before <= now < claims.expires:
            return ScanAnswer(kind=ScanKind.MEMBER, member=member)
    if claims is None:
        found = _labelled(desk, db, clean(order.code)) or _article(db, clean(order.code))
        if found is not None:
            return found
    lines = price_lines(db, order.lines) if order.lines else None
    purchase = Purchase(lines=lines, member_id=order.member_id, approved_by=order.approved_by)
    judged = judge(desk, db, presented, purchase, now=now)
    return ScanAnswer(kind=_kind(judged), verdict=tell(desk, judged))


def _labelled(desk: StoreDesk, db: Connection, code: str) -> ScanAnswer | None:
    label = desk.scale_labels.read(code)
    if label is None:
        return None
    article = articles.article_by_digits(db, label.article, label.gtin_begin)
    return _answer(article, _line(article, label)) if article else None


def _article(db: Connection, code: str) -> ScanAnswer | None:
    gtin = gtin_of(code)
    article = articles.article_by_gtin(db, gtin) if gtin else None
    return _answer(article, LineOrder(sku=article.sku)) if article else None


def _answer(article: Article, line: LineOrder) -> ScanAnswer:
    return ScanAnswer(kind=ScanKind.ARTICLE, article=article, line=line)


def _line(article: Article, label: ScaleLabel) -> LineOrder:
    price = label.price_fen
    if price is None and label.weight_g:
        price = weighed_price(label.weight_g, article.price_fen)
    return LineOrder(sku=article.sku, unit_price_fen=price, weight_g=label.weight_g)


def _kind(judged: Judged) -> ScanKind:
    if judged.claims is not None and judged.claims.kind is TokenKind.COUPON:
        return ScanKind.COUPON
    if judged.decision.reason is Reason.PAYMENT_CODE:
        return ScanKind.PAYMENT
    return ScanKind.OTHER
