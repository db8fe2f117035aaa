"""Scan: say what a scanned code is and, for a coupon, what would become of it. Writes nothing."""

from enum import StrEnum

from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.codes import clean
from agent.domain.gtin import gtin_of
from agent.domain.outcome import Reason
from agent.domain.token import TokenKind
from agent.services import basket
from agent.services.store_desk import StoreDesk
from agent.services.verdict import CouponVerdict, Judged, Presented, Purchase, judge, present, tell
from agent.services.wire import Cashier, Code, Lines, MemberId
from agent.store import catalogue
from agent.store.catalogue import Article, Member
from agent.store.sqlite import Connection


class ScanKind(StrEnum):
    """What was scanned."""

    COUPON = "coupon"
    MEMBER = "member"
    ARTICLE = "article"
    PAYMENT = "payment"
    OTHER = "other"


class Scan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scanned code, with the basket if there is one."""

    code: Code
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


async def scan(desk: StoreDesk, order: Scan) -> ScanAnswer:
    """Say what was scanned."""
    presented = present(desk, order.code)
    now = desk.time.now()
    return await desk.database.read(lambda db: _scan(desk, db, order, presented, now))


def _scan(
    desk: StoreDesk, db: Connection, order: Scan, presented: Presented, now: Millis
) -> ScanAnswer:
    claims = presented.claims
    if claims is not None and claims.kind is TokenKind.MEMBER:
        member = catalogue.member(db, claims.code_id)
        if member is not None and claims.not_before <= now < claims.expires:
            return ScanAnswer(kind=ScanKind.MEMBER, member=member)
    if claims is None:
        article = _article(db, clean(order.code))
        if article is not None:
            return ScanAnswer(kind=ScanKind.ARTICLE, article=article)
    lines = basket.price(db, order.lines) if order.lines else None
    purchase = Purchase(lines=lines, member_id=order.member_id, approved_by=order.approved_by)
    judged = judge(desk, db, presented, purchase, now=now)
    return ScanAnswer(kind=_kind(judged), verdict=tell(desk, judged))


def _article(db: Connection, code: str) -> Article | None:
    gtin = gtin_of(code)
    return catalogue.article_by_gtin(db, gtin) if gtin else None


def _kind(judged: Judged) -> ScanKind:
    if judged.claims is not None and judged.claims.kind is TokenKind.COUPON:
        return ScanKind.COUPON
    if judged.decision.reason is Reason.PAYMENT_CODE:
        return ScanKind.PAYMENT
    return ScanKind.OTHER
