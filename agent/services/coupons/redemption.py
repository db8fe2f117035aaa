"""From an accepted coupon to the redemption that the journal records."""

from agent.base.clock import Millis
from agent.base.ids import uuid7
from agent.domain.coupons.events import Redemption
from agent.services.coupons.verdict import Judged
from agent.services.desk.errors import UnusableCodeError
from agent.services.desk.store_desk import StoreDesk


def redemption_of(
    desk: StoreDesk, judged: Judged, approved_by: str | None, now: Millis
) -> Redemption:
    """Return the redemption that an accepted coupon becomes."""
    claims = judged.claims
    if claims is None:
        raise UnusableCodeError("unknown_code", "only an accepted coupon becomes a redemption")
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
