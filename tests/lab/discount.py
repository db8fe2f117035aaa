"""What a coupon alone takes off a sum, as a clerk reckons it: expected, not asked of the engine."""

from agent.domain.coupons.campaign import AmountOff, SumRule
from agent.domain.money import share


def discount(rule: SumRule, sum_fen: int) -> int:
    """Return it in fen; the minimum is the caller's to check."""
    if isinstance(rule, AmountOff):
        return min(rule.off_fen, sum_fen)
    return sum_fen - share(sum_fen, rule.pay_bp)
