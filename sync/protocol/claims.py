"""`POST /sync/v1/claims`: a store asks for coupons of the whole chain before it takes them."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from sync.protocol.limits import MAX_CLAIMED, MAX_SEQ
from sync.protocol.messages import Instant, ServerTime, StoreCode

CouponId = Annotated[str, Meta(min_length=1, max_length=64)]


class ClaimOrder(Struct, frozen=True, kw_only=True):
    """Which coupons the store wants for itself, or gives back."""

    claim_id: Annotated[str, Meta(min_length=1, max_length=64)]
    """Made anew for each order; what is given back is the claim of this id alone, however late it
    comes."""
    coupon_ids: Annotated[tuple[CouponId, ...], Meta(min_length=1, max_length=MAX_CLAIMED)]
    release: bool = False
    """They were not taken: other stores may have them. The answer then has no results."""


class ClaimState(StrEnum):
    """What HQ says of a coupon."""

    GRANTED = "granted"
    """The store may record its use for certain, within the answer's `held_ms` of its asking."""
    USED = "used"
    """It was used: `use` says where."""
    REVOKED = "revoked"
    ELSEWHERE = "elsewhere"
    """`store` has it, or may be taking it."""
    UNKNOWN = "unknown"
    """HQ has no such coupon: one that was restored may not know it any more."""


class ClaimUse(Struct, frozen=True, kw_only=True):
    """Where a coupon was used."""

    store: StoreCode
    till: str
    receipt: str
    occurred_at: Instant


class ClaimResult(Struct, frozen=True, kw_only=True):
    """What became of one claim."""

    coupon_id: CouponId
    state: ClaimState
    use: ClaimUse | None = None
    store: str = ""


class ClaimAnswer(Struct, frozen=True, kw_only=True):
    """HQ's answer, after its synchronous commit; one result for each coupon, by its id."""

    server_time: ServerTime
    held_ms: Annotated[int, Meta(ge=0, le=MAX_SEQ)] = 0
    results: tuple[ClaimResult, ...] = ()
