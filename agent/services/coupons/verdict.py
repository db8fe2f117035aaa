"""The verdict on a scanned coupon: facts are read, the domain decides, the cashier is told why."""

from collections.abc import Mapping

from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.barcodes.symbology import Carrier
from agent.domain.coupons.campaign import Campaign, StandsInBook
from agent.domain.coupons.codes import CodeError, read
from agent.domain.coupons.decision import Decision, accept, authenticate, refused, unusable
from agent.domain.coupons.facts import Chosen, Claim, Exposure, Facts
from agent.domain.coupons.opaque import (
    Digest,
    claims_of,
    coupon_ids,
    digests_of,
    key_of,
)
from agent.domain.coupons.token import Claims
from agent.domain.outcome import Reason, Sentence, sentence
from agent.services.coupons.coupon_verdict import CouponVerdict
from agent.services.coupons.errors import UnusableCodeError
from agent.services.desk.store_desk import StoreDesk
from agent.store.coupons import campaigns, opaque_codes, redemptions
from agent.store.line import parked, sync_state
from agent.store.sqlite import Connection
from sync.protocol.messages import Entity

Claimed = Mapping[str, Claim]
"""By coupon, what HQ said when it was asked for."""


class Presented(Struct, frozen=True):
    """A code as it was presented: what HQ says in it, or why it can't be believed."""

    claims: Claims | None
    refusal: Decision | None
    opaque: tuple[Digest, ...] = ()
    """Of a code that is no token: HQ may have told this store of it, under one of them."""
    carrier: Carrier = Carrier.UNKNOWN
    code: str = ""
    """As it was scanned, cleaned."""

    @property
    def is_damaged(self) -> bool:
        """Whether a part of it did not come through: it is no article's code either."""
        return self.refusal is not None and self.refusal.reason is Reason.DAMAGED_CODE


class Purchase(Struct, frozen=True, kw_only=True):
    """What the coupon is presented for."""

    on_order: bool
    """False: only the code is asked about."""
    member_id: str | None = None
    approved_by: str | None = None
    claims: Claimed | None = None
    """What HQ said of coupons; None: nothing is recorded, HQ is asked when it is."""


class Checked(Struct, frozen=True, kw_only=True):
    """A presented coupon, before it is known what it takes off."""

    claims: Claims | None
    campaign: Campaign | None
    facts: Facts | None
    refusal: Decision | None
    """Why it can't be used here and now; None: it can, if it takes something off."""

    def judged(self, decision: Decision) -> "Judged":
        """Return it with its decision."""
        return Judged(claims=self.claims, campaign=self.campaign, decision=decision)


class Judged(Struct, frozen=True, kw_only=True):
    """A presented coupon with its decision and the campaign that it belongs to."""

    claims: Claims | None
    campaign: Campaign | None
    decision: Decision

    @property
    def is_claimed(self) -> bool:
        """Whether HQ has given the coupon to this store, or is to be asked for it."""
        return self.decision.reason in (Reason.CLAIMED, Reason.CLAIMED_WHEN_USED)


def present(desk: StoreDesk, scanned: str) -> Presented:
    """Check that HQ made the code; raise UnusableCodeError for what can't be one."""
    try:
        carrier, code = read(scanned)
    except CodeError as error:
        raise UnusableCodeError(error.code, str(error)) from None
    result = authenticate(code, keys=desk.trust.keys, now=desk.time.now(), carrier=carrier)
    if isinstance(result, Claims):
        return Presented(result, None, carrier=carrier, code=code)
    unknown = result.reason is Reason.UNKNOWN_CODE
    return Presented(None, result, digests_of(code) if unknown else (), carrier, code)


def judge(
    desk: StoreDesk, db: Connection, presented: Presented, purchase: Purchase, *, now: Millis
) -> Judged:
    """Decide on a presented code by itself, whatever it would take off."""
    checked = check(desk, db, presented, purchase, now=now)
    return checked.judged(by_itself(checked))


def by_itself(checked: Checked) -> Decision:
    """Return the decision on a coupon that takes nothing off yet."""
    if checked.refusal is not None or checked.claims is None or checked.facts is None:
        return checked.refusal or refused(Reason.UNKNOWN_CODE)
    return accept(checked.claims, checked.facts, discount_fen=0)


def check(
    desk: StoreDesk,
    db: Connection,
    presented: Presented,
    purchase: Purchase,
    *,
    now: Millis,
    recorded: tuple[Chosen, ...] = (),
) -> Checked:
    """Check a presented code against the facts that `db` holds.

    `recorded`: the coupons that were used on its order before.
    """
    claims = presented.claims or _behind(desk, db, presented.opaque)
    if claims is None:
        refusal = _refusal(db, presented)
        return Checked(claims=None, campaign=None, facts=None, refusal=refusal)
    campaign = campaigns.campaign(db, claims.campaign) if claims.campaign else None
    state = desk.contact.of(sync_state.get(db))
    standing = redemptions.standing(db, desk.store, claims.code_id)
    facts = Facts(
        store=desk.store,
        now=now,
        policy=desk.trust.policy,
        contact_age_ms=now - state.contact_at,
        revocations_age_ms=now - state.revocations_at,
        feed_complete=state.feed_at > 0,
        on_order=purchase.on_order,
        member_id=purchase.member_id,
        campaign=campaign,
        unread=_is_unread(db, presented, claims, campaign),
        revoked=standing.revoked,
        used=standing.used,
        exposure=_exposure(db, claims, told_all=state.feed_at > 0),
        approved_by=purchase.approved_by,
        claim=purchase.claims.get(claims.code_id) if purchase.claims else None,
        will_claim=purchase.claims is None and desk.claims is not None and desk.claims.possible,
        chosen=recorded,
    )
    return Checked(claims=claims, campaign=campaign, facts=facts, refusal=unusable(claims, facts))


def _refusal(db: Connection, presented: Presented) -> Decision:
    """Return why a code is not believed: HQ may have told of it what can't be read."""
    refusal = presented.refusal
    assert refusal is not None  # noqa: S101 - there are claims otherwise
    if refusal.reason is Reason.UNKNOWN_KEY:
        unread = parked.is_parked(db, Entity.KEY_SET, Entity.KEY_SET)
    else:
        unread = _is_unread(db, presented, None)
    return refused(Reason.NEEDS_UPDATE) if unread else refusal


def _is_unread(
    db: Connection, presented: Presented, claims: Claims | None, campaign: Campaign | None = None
) -> bool:
    """Tell whether HQ's newest word on the code, the coupon, its campaign or the promotion of the
    price book that it is for is parked."""
    if not parked.is_any_parked(db):
        return False
    things = [(Entity.OPAQUE_CODE, key_of(digest)) for digest in presented.opaque]
    if claims is not None:
        things.append((Entity.COUPON, claims.code_id))
        things.append((Entity.CAMPAIGN, str(claims.campaign)))
    if campaign is not None and isinstance(campaign.rule, StandsInBook):
        things.append((Entity.PROMOTION, campaign.rule.promotion))
    return any(parked.is_parked(db, entity, key) for entity, key in things)


def _behind(desk: StoreDesk, db: Connection, digests: tuple[Digest, ...]) -> Claims | None:
    """Return the coupon behind an opaque code: the first of its uses that is left."""
    for digest in digests:
        coupons = opaque_codes.find(db, key_of(digest))
        if coupons is not None:
            ids = coupon_ids(digest, desk.store, coupons.uses)
            return claims_of(coupons, opaque_codes.first_unused(db, ids), desk.store)
    return None


def _exposure(db: Connection, claims: Claims, *, told_all: bool) -> Exposure:
    """Of a PC that was told all, only a chain-wide coupon is weighed against what is at risk."""
    if claims.store is not None and told_all:
        return Exposure()
    return redemptions.exposure(db, member_id=claims.member)


def tell(desk: StoreDesk, judged: Judged, *, redemption_id: str | None = None) -> CouponVerdict:
    """Return what the client is told."""
    decision, claims = judged.decision, judged.claims
    return CouponVerdict(
        outcome=decision.outcome,
        reason=decision.reason,
        sentence=said(desk, decision),
        discount_fen=decision.discount_fen,
        detail=decision.detail,
        coupon_id=claims.code_id if claims else None,
        campaign=claims.campaign if claims else None,
        campaign_name=judged.campaign.name if judged.campaign else None,
        redemption_id=redemption_id,
    )


def said(desk: StoreDesk, decision: Decision) -> Sentence:
    """Return the decision in words, in the store's time."""
    return sentence(decision.outcome, decision.reason, decision.detail, zone=desk.time.zone)
