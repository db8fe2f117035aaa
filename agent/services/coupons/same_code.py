"""The same code again: a scanner reads twice, or a cashier makes sure; the verdict stays."""

import hashlib
from collections import OrderedDict
from typing import NamedTuple

from agent.domain.outcome import Reason
from agent.services.coupons.coupon_verdict import CouponVerdict

SAME_CODE_MS = 2_500
"""So long after it was accepted, the same code at the same till shows the first verdict again."""
MAX_TILLS = 256


class _Seen(NamedTuple):
    digest: bytes
    verdict: CouponVerdict
    at_ms: int


class SameCode:
    """Each till's last accepting verdict; in memory only, under a digest of its code."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, _Seen] = OrderedDict()

    def settle(self, till: str, code: str, verdict: CouponVerdict, now_ms: int) -> CouponVerdict:
        """Return `verdict`, or the accepting one that this till was given for `code` just before,
        when the coupon is only used because of what the till did with it. `now_ms`: monotonic."""
        digest = hashlib.sha256(code.encode("utf-8", "surrogatepass")).digest()
        seen = self._seen.get(till)
        if (
            verdict.reason is Reason.ALREADY_USED
            and seen is not None
            and seen.digest == digest
            and now_ms - seen.at_ms < SAME_CODE_MS
        ):
            return seen.verdict
        if verdict.outcome.is_accepted:
            self._seen[till] = _Seen(digest, verdict, now_ms)
            self._seen.move_to_end(till)
            while len(self._seen) > MAX_TILLS:
                self._seen.popitem(last=False)
        return verdict
