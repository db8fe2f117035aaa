"""How many coupons an order may have: in all, by channel, and of one promotion."""

from collections.abc import Sequence
from typing import NamedTuple

from agent.domain.promotions.book import CouponRules
from agent.domain.promotions.candidates import Candidate
from agent.domain.promotions.promotion import CouponChannel


class Free(NamedTuple):
    """How many more coupons an order may have."""

    in_all: int
    online: int
    offline: int

    def fits(self, one: Candidate) -> bool:
        """Whether one more is left for `one`."""
        if one.coupon is None:
            return True
        online = one.coupon.channel is CouponChannel.ONLINE
        return self.in_all > 0 and (self.online if online else self.offline) > 0

    def without(self, one: Candidate) -> "Free":
        """Return what is free when one more is taken."""
        if one.coupon is None:
            return self
        if one.coupon.channel is CouponChannel.ONLINE:
            return Free(self.in_all - 1, self.online - 1, self.offline)
        return Free(self.in_all - 1, self.online, self.offline - 1)


class Slots:
    """The counts of coupons of one order."""

    def __init__(self, rules: CouponRules) -> None:
        self.rules = rules
        self._all = Free(rules.in_all, rules.online, rules.offline)
        self.reserved: list[Candidate] = []
        """Mandatory ones: no other takes their place."""

    def free(self, taken: Sequence[Candidate]) -> Free:
        """Return how many more coupons the order may have beside `taken`."""
        free = self._all
        for one in self._with_reserved(taken):
            if one.coupon is not None:
                free = free.without(one)
        return free

    def fits(self, one: Candidate, taken: Sequence[Candidate]) -> bool:
        """Whether the counts of coupons, and of one promotion's, allow one more beside `taken`."""
        if one.coupon is None or one in self.reserved:
            return True
        if not self.free(taken).fits(one):
            return False
        per_order = one.promotion.limits.per_order
        return per_order is None or per_order > sum(
            other.ready is one.ready for other in self._with_reserved(taken)
        )

    def hold(self, coupons: Sequence[Candidate]) -> bool:
        """Whether all of some coupons may be used together."""
        free = self._all
        for one in coupons:
            if not free.fits(one):
                return False
            free = free.without(one)
        return all(
            sum(other.ready is one.ready for other in coupons) <= one.promotion.limits.per_order
            for one in coupons
            if one.promotion.limits.per_order is not None
        )

    def _with_reserved(self, taken: Sequence[Candidate]) -> Sequence[Candidate]:
        if not self.reserved:
            return taken
        return [*taken, *(one for one in self.reserved if one not in taken)]
