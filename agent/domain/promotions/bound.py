"""A bound on what promotions can still take off, never too low."""

from collections.abc import Mapping, Sequence

from agent.domain.promotions.candidates import Candidate
from agent.domain.promotions.promotion import CouponChannel
from agent.domain.promotions.slots import Free

_NONE: dict[int, int] = {}


def bound(
    rest: Sequence[Candidate],
    blocked: int,
    free: Free,
    used: Mapping[int, int] = _NONE,
    now: Mapping[int, int] = _NONE,
) -> int:
    """Return the most that `rest` can take off: of the coupons the best, as many as may be used
    yet, of each group that shuts itself out the best one, and all others. `used`: what those that
    may be applied again took off already, `now`: the most of some by what is left now; by place."""
    total = 0
    online: list[int] = []
    offline: list[int] = []
    groups: dict[str, int] = {}
    for one in rest:
        if blocked & one.bit:
            continue
        most = now.get(one.place, one.most)
        if one.place in used:
            total += max(most - used[one.place], 0)
        elif one.coupon is not None:
            (online if one.coupon.channel is CouponChannel.ONLINE else offline).append(most)
        elif group := one.promotion.stacking.group:
            groups[group] = max(groups.get(group, 0), most)
        else:
            total += most
    if online or offline:
        best = _best(online, free.online) + _best(offline, free.offline)
        total += sum(_best(best, free.in_all))
    return total + sum(groups.values())


def _best(fen: list[int], count: int) -> list[int]:
    return sorted(fen, reverse=True)[: max(count, 0)]
