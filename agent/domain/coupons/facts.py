"""The facts of a decision on a coupon: all that it depends on besides the coupon itself."""

from enum import StrEnum

from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.coupons.campaign import Campaign
from agent.domain.coupons.token import Claims
from agent.domain.trust.policy import Policy


class PriorUse(Struct, frozen=True, kw_only=True):
    """An earlier use of the same coupon, as far as this store knows."""

    store: str
    till: str
    receipt: str
    occurred_at: Millis
    known_by: str
    """`store` when it happened here, `hq` when HQ said so."""


class Exposure(Struct, frozen=True, kw_only=True):
    """Coupons taken at risk that HQ has not acknowledged yet."""

    count: int = 0
    sum_fen: int = 0
    member_count: int = 0
    """Those of the coupon's own member."""


class ClaimStand(StrEnum):
    """What HQ said of a coupon that this store asked for."""

    GRANTED = "granted"
    USED = "used"
    REVOKED = "revoked"
    ELSEWHERE = "elsewhere"
    """Another store has it, or may be taking it at this moment."""


class Claim(Struct, frozen=True, kw_only=True):
    """HQ's word on a coupon, asked for to take it for certain."""

    stand: ClaimStand
    used: PriorUse | None = None
    """With USED."""
    store: str = ""
    """With ELSEWHERE."""


class Chosen(Struct, frozen=True, kw_only=True):
    """A coupon already accepted on the order."""

    claims: Claims
    discount_fen: int
    recorded: bool = False
    """Used on the order before, and counted in the exposure."""
    claimed: bool = False
    """HQ has given it to this store: it is at no risk."""


class Facts(Struct, frozen=True, kw_only=True):
    """All that a decision depends on besides the coupon itself."""

    store: str
    now: Millis
    """Effective time."""
    policy: Policy
    contact_age_ms: int
    """Since HQ was last heard."""
    revocations_age_ms: int
    """Since the revocations known here were last all that there are."""
    feed_complete: bool
    """Whether HQ has told this PC everything at least once, what was used here before included."""
    on_order: bool
    """Whether it is to be used on an order; False when only the code is asked about."""
    member_id: str | None = None
    """The member on the sale."""
    campaign: Campaign | None = None
    unread: bool = False
    """Whether HQ's newest word on the coupon or its campaign can't be read."""
    revoked: bool = False
    used: PriorUse | None = None
    exposure: Exposure = Exposure()
    approved_by: str | None = None
    claim: Claim | None = None
    """None: HQ was not asked, or gave no answer in time."""
    will_claim: bool = False
    """Nothing is recorded yet; HQ can and will be asked when it is."""
    chosen: tuple[Chosen, ...] = ()
    """Coupons already accepted on the same order."""
