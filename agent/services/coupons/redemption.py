"""From an accepted coupon to the redemption that the journal records, and what is kept of it."""

from msgspec.structs import replace

from agent.base.clock import Millis
from agent.base.ids import uuid7
from agent.domain.coupons.decision import Decision, lapsed
from agent.domain.coupons.events import Redemption
from agent.domain.coupons.facts import Facts
from agent.domain.coupons.token import Channel, Claims, TokenKind
from agent.services.coupons.errors import UnusableCodeError
from agent.services.coupons.verdict import Judged
from agent.services.desk.store_desk import StoreDesk
from agent.store.coupons import campaigns, redemptions
from agent.store.coupons.redemptions import Kept, Moment
from agent.store.sqlite import Connection

_NO_END = Millis(2**53 - 1)


def redemption_of(
    desk: StoreDesk, judged: Judged, approved_by: str | None, now: Millis
) -> Redemption:
    """Return the redemption that an accepted coupon becomes."""
    claims = _claims(judged)
    return Redemption(
        redemption_id=uuid7(now),
        coupon_id=claims.code_id,
        campaign=claims.campaign,
        discount_fen=judged.decision.discount_fen,
        at_risk=judged.decision.outcome.is_at_risk,
        bound=claims.store is not None,
        policy_version=desk.trust.policy.version,
        member_id=claims.member,
        approved_by=approved_by,
    )


def keep(db: Connection, judged: Judged, redemption: Redemption, moment: Moment) -> None:
    """Keep the use, with what is asked of its coupon again later."""
    claims = _claims(judged)
    redemptions.add(
        db, redemption, replace(moment, channel=int(claims.channel), expires=claims.expires)
    )


def lapse_of(desk: StoreDesk, db: Connection, kept: Kept, now: Millis) -> Decision | None:
    """Return why the coupon of a use that is taken back can't be used again; None: it can."""
    standing = redemptions.standing(db, desk.store, kept.coupon_id, but=kept.redemption_id)
    facts = Facts(
        store=desk.store,
        now=now,
        policy=desk.trust.policy,
        contact_age_ms=0,
        revocations_age_ms=0,
        feed_complete=True,
        on_order=False,
        campaign=campaigns.campaign(db, kept.campaign) if kept.campaign else None,
        revoked=standing.revoked,
        used=standing.used,
    )
    return lapsed(claims_of(desk, kept), facts)


def _claims(judged: Judged) -> Claims:
    if judged.claims is None:
        raise UnusableCodeError("unknown_code", "only an accepted coupon becomes a redemption")
    return judged.claims


def claims_of(desk: StoreDesk, kept: Kept) -> Claims:
    """Return what the token said, as far as it is kept."""
    return Claims(
        code_id=kept.coupon_id,
        kind=TokenKind.COUPON,
        not_before=Millis(0),
        expires=_NO_END if kept.expires is None else kept.expires,
        store=desk.store if kept.bound else None,
        campaign=kept.campaign or 0,
        member=kept.member_id,
        channel=Channel(kept.channel or Channel.ONLINE),
    )
