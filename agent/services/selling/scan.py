"""Scan: say what a scanned code is and, for a coupon, what would become of it. Writes nothing."""

from enum import StrEnum

from msgspec import Struct, structs

from agent.base.clock import Millis
from agent.domain.coupons.codes import clean
from agent.domain.coupons.decision import Decision, refused
from agent.domain.coupons.token import TokenKind
from agent.domain.outcome import Reason
from agent.domain.promotions.promotion import Channel
from agent.services.coupons.coupon_verdict import CouponVerdict
from agent.services.coupons.same_code import SameCode
from agent.services.coupons.verdict import Judged, Presented, Purchase, judge, present, tell
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import Cashier, Code, LineOrder, Lines, MemberId, Till
from agent.services.selling.basket_content import BasketContent
from agent.services.selling.pricing import refusal_of
from agent.services.selling.reckon import reckon
from agent.services.selling.scanned_article import Looked, ScannedArticle, look
from agent.store import members
from agent.store.members import Member
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
    """Not known, forged, or an article out of sale: the verdict says which."""


class Scan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scanned code, with the basket if there is one."""

    code: Code
    till: Till | None = None
    """Where: the same code at the same till within 2.5 s shows the first verdict again."""
    lines: Lines | None = None
    member_id: MemberId | None = None
    approved_by: Cashier | None = None
    channel: Channel = Channel.STORE
    """How the customer gets the goods."""


class ScanAnswer(Struct, frozen=True, kw_only=True):
    """What the code is."""

    kind: ScanKind
    verdict: CouponVerdict | None = None
    """For everything that is not a member or an article."""
    member: Member | None = None
    article: Article | None = None
    """The price of what is weighed is that of one kilogram. One that is `withdrawn` comes with a
    verdict that refuses it, and without a line."""
    line: LineOrder | None = None
    """The line of the article to put into the basket. The price of a scale's label or of a GS1 code
    with price or weight is that of the pack; its pieces are `quantity`."""


async def scan(desk: StoreDesk, order: Scan, same_code: SameCode) -> ScanAnswer:
    """Say what was scanned."""
    presented = present(desk, order.code)
    now = desk.time.now()
    answer = await desk.database.read(lambda db: _scan(desk, db, order, presented, now))
    if answer.verdict is not None and not answer.verdict.outcome.is_accepted:
        await desk.keep_time(now)
    if order.till is None or answer.verdict is None:
        return answer
    at_ms = desk.time.monotonic_ms()
    till = f"{desk.name} {order.till}"
    verdict = same_code.settle(till, clean(order.code), answer.verdict, at_ms)
    return structs.replace(answer, verdict=verdict)


def _scan(
    desk: StoreDesk, db: Connection, order: Scan, presented: Presented, now: Millis
) -> ScanAnswer:
    claims = presented.claims
    if claims is not None and claims.kind is TokenKind.MEMBER:
        member = members.member(db, claims.code_id)
        if member is not None and claims.not_before <= now < claims.expires:
            return ScanAnswer(kind=ScanKind.MEMBER, member=member)
    if presented.is_damaged:
        return _refusal(desk, refused(Reason.DAMAGED_CODE))
    looked = look(desk, db, presented, now) if claims is None else Looked()
    if isinstance(looked.found, ScannedArticle):
        article, line = looked.found.article, looked.found.line
        return _unless_withdrawn(desk, article, line)
    if looked.found is not None:
        return _refusal(desk, looked.found)
    judged = _judged(desk, db, order, presented, now)
    if looked.hint is not None and _is_nothing(judged, looked.hint):
        return _refusal(desk, looked.hint)
    return ScanAnswer(kind=_kind(judged), verdict=tell(desk, judged))


def _judged(
    desk: StoreDesk, db: Connection, order: Scan, presented: Presented, now: Millis
) -> Judged:
    """Decide on the coupon with the basket's promotions, else by itself."""
    if order.lines:
        goods = BasketContent(lines=order.lines, member_id=order.member_id, channel=order.channel)
        by = order.approved_by
        return reckon(desk, db, goods, (presented,), now, approved_by=by).judged[0]
    purchase = Purchase(on_order=False, member_id=order.member_id, approved_by=order.approved_by)
    return judge(desk, db, presented, purchase, now=now)


def _refusal(desk: StoreDesk, decision: Decision) -> ScanAnswer:
    judged = Judged(claims=None, campaign=None, decision=decision)
    return ScanAnswer(kind=ScanKind.OTHER, verdict=tell(desk, judged))


def _unless_withdrawn(desk: StoreDesk, article: Article, line: LineOrder) -> ScanAnswer:
    if not article.withdrawn:
        return ScanAnswer(kind=ScanKind.ARTICLE, article=article, line=line)
    verdict = refusal_of(desk, article)
    return ScanAnswer(kind=ScanKind.OTHER, article=article, verdict=verdict)


def _is_nothing(judged: Judged, hint: Decision) -> bool:
    """Whether the code is nothing known. A label that fits a format of this store's scales is no
    payment code either, however it begins."""
    reasons = {Reason.UNKNOWN_CODE}
    if hint.reason is Reason.SCALE_LABEL_ARTICLE:
        reasons.add(Reason.PAYMENT_CODE)
    return judged.decision.reason in reasons


def _kind(judged: Judged) -> ScanKind:
    if judged.claims is not None and judged.claims.kind is TokenKind.COUPON:
        return ScanKind.COUPON
    if judged.decision.reason is Reason.PAYMENT_CODE:
        return ScanKind.PAYMENT
    return ScanKind.OTHER
