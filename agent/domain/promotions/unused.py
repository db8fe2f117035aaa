"""Why a coupon is left unused, in the reasons that a cashier and integrators know of coupons."""

from collections.abc import Mapping
from typing import Any, Final

from agent.domain.coupons.decision import Decision, refused
from agent.domain.money import yuan
from agent.domain.outcome import Outcome, Reason
from agent.domain.promotions.offered import Why
from agent.domain.promotions.priced import NotApplied

_REASONS: Final[dict[Why, Reason]] = {
    Why.NOT_STARTED: Reason.NOT_AT_THIS_TIME,
    Why.ENDED: Reason.NOT_AT_THIS_TIME,
    Why.NOT_TODAY: Reason.NOT_AT_THIS_TIME,
    Why.NOT_NOW: Reason.NOT_AT_THIS_TIME,
    Why.WRONG_CHANNEL: Reason.NOT_FOR_THIS_CHANNEL,
    Why.WRONG_STORE: Reason.NOT_IN_THIS_STORE,
    Why.MEMBER_REQUIRED: Reason.MEMBER_REQUIRED,
    Why.WRONG_TIER: Reason.NOT_FOR_THIS_MEMBER,
    Why.NOT_BIRTHDAY_MONTH: Reason.NOT_FOR_THIS_MEMBER,
    Why.NOT_FIRST_PURCHASE: Reason.NOT_FOR_THIS_MEMBER,
    Why.COUPON_REQUIRED: Reason.NOT_STACKABLE,
    Why.PASSPHRASE_REQUIRED: Reason.NOT_STACKABLE,
    Why.COUPON_EXPIRED: Reason.NOT_AT_THIS_TIME,
    Why.UNKNOWN_PROMOTION: Reason.UNKNOWN_CAMPAIGN,
    Why.NEEDS_OTHER_COUPON: Reason.NEEDS_OTHER_COUPON,
    Why.LIMIT_REACHED: Reason.USED_OFTEN_ENOUGH,
    Why.NO_MATCHING_ITEM: Reason.NO_MATCHING_ITEM,
    Why.MIN_SPEND_NOT_MET: Reason.MIN_SPEND_NOT_MET,
    Why.PIECES_MISSING: Reason.PIECES_MISSING,
    Why.SET_INCOMPLETE: Reason.SET_INCOMPLETE,
    Why.GIFT_NOT_IN_BASKET: Reason.GIFT_NOT_IN_BASKET,
    Why.NOTHING_OFF: Reason.NOTHING_OFF,
    Why.NOT_STACKABLE: Reason.NOT_STACKABLE,
    Why.COUPON_LIMIT: Reason.COUPON_LIMIT,
    Why.BETTER_WITHOUT: Reason.BETTER_WITHOUT,
}


def unused(lack: NotApplied, names: Mapping[str, str]) -> Decision:
    """Return the decision on a coupon that was not applied, with what is missing.

    `names`: what articles are called, by sku.
    """
    if lack.why is Why.UNKNOWN_PROMOTION:
        return Decision(outcome=Outcome.NEEDS_ONLINE, reason=Reason.UNKNOWN_CAMPAIGN)
    return refused(_REASONS[lack.why], **_gaps(lack.detail, names))


def _gaps(detail: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Sums in yuan and lists in words, as the sentences have them, beside what programs read."""
    gaps: dict[str, Any] = {}
    for name, value in detail.items():
        if name.endswith("_fen"):
            gaps[f"{name.removesuffix('_fen')}_yuan"] = yuan(value)
        elif isinstance(value, list):
            gaps[name] = ", ".join(names.get(one, str(one)) for one in value)
        else:
            gaps[name] = value
    return gaps
