"""What a client is told about one coupon."""

from typing import Any

from msgspec import Struct

from agent.domain.outcome import Outcome, Reason, Sentence


class CouponVerdict(Struct, frozen=True, kw_only=True):
    """The decision on a coupon in words, and what is known of it."""

    outcome: Outcome
    reason: Reason | None
    sentence: Sentence
    discount_fen: int
    detail: dict[str, Any]
    coupon_id: str | None = None
    campaign: int | None = None
    campaign_name: str | None = None
    redemption_id: str | None = None
    """Set once the coupon is redeemed."""
