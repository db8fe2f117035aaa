"""The policy: what may be decided without HQ. A document signed by HQ, with a version."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from agent.base.clock import DAY_MS, HOUR_MS
from agent.base.strict_json import MAX_INTEGER
from agent.domain.money import Amount

MAX_COUNT = 1_000_000_000
MAX_AGE_MS = 366 * DAY_MS
MAX_ORDER_COUPONS = 10

Count = Annotated[int, Meta(ge=0, le=MAX_COUNT)]
Age = Annotated[int, Meta(ge=0, le=MAX_AGE_MS, description="Milliseconds.")]


class CampaignClass(StrEnum):
    """How far a store may decide alone on a campaign's coupons."""

    BOUND = "bound"
    """Each coupon names its only store: accepted without network."""
    CHAIN = "chain"
    """Good in every store, single use: taken at risk within the limits."""
    CAPPED = "capped"
    """A total cap over the chain: only from a lease."""
    STORED_VALUE = "stored_value"
    """Money on a card: needs HQ."""
    THIRD_PARTY = "third_party"
    """A platform's voucher: needs HQ."""


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits of coupons taken at risk and not yet confirmed by HQ. Above hard: refused;
    above soft: a supervisor may approve."""

    per_redemption_fen: Amount = 20_000
    """Largest discount of one coupon, fen."""
    per_member_count: Count = 2
    """Coupons of one member."""
    soft_count: Count = 100
    hard_count: Count = 200
    """Coupons of the whole store."""
    soft_sum_fen: Amount = 300_000
    hard_sum_fen: Amount = 600_000
    """Discount of the whole store, fen."""
    soft_contact_age_ms: Age = 24 * HOUR_MS
    hard_contact_age_ms: Age = 3 * DAY_MS
    """Time since HQ was last heard."""

    def __post_init__(self) -> None:
        pairs = {
            "count": (self.soft_count, self.hard_count),
            "sum_fen": (self.soft_sum_fen, self.hard_sum_fen),
            "contact_age_ms": (self.soft_contact_age_ms, self.hard_contact_age_ms),
        }
        for name, (soft, hard) in pairs.items():
            if soft > hard:
                raise ValueError(f"soft_{name} {soft} is above hard_{name} {hard}")


class Policy(Struct, frozen=True, kw_only=True):
    """One edition of the policy."""

    version: Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
    """Grows with each edition; an older edition never replaces a newer one."""
    limits: Limits = Limits()
    revocations_max_age_ms: Age = DAY_MS
    """A feed older than this tightens `accepted` to `accepted_at_risk`."""
    max_coupons: Annotated[int, Meta(ge=0, le=MAX_ORDER_COUPONS)] = 2
    """Coupons on one order, at most one of each channel."""


CAUTIOUS = Policy(
    version=0,
    limits=Limits(
        per_redemption_fen=0,
        per_member_count=0,
        soft_count=0,
        hard_count=0,
        soft_sum_fen=0,
        hard_sum_fen=0,
    ),
    revocations_max_age_ms=0,
)
"""What holds before HQ has ever sent a policy: nothing is taken at risk."""
