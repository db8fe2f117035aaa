"""The port through which coupons are asked for at HQ before they are taken."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from agent.domain.coupons.facts import Claim


class Asked(NamedTuple):
    """What HQ said of coupons that were asked for together."""

    said: Mapping[str, Claim]
    """By coupon; nothing of those that HQ said nothing of in time."""
    until_ms: int
    """By the monotonic clock: what is recorded later is not covered by it."""


NOT_ASKED = Asked({}, 0)


class Claims(Protocol):
    """Asks HQ for coupons while the line is up."""

    @property
    def possible(self) -> bool:
        """Whether asking is worth a cashier's waiting."""

    async def ask(self, coupon_ids: Sequence[str]) -> Asked:
        """Ask for the coupons within the time that a cashier waits; `end` follows."""

    def end(self, coupon_ids: Sequence[str], *, taken: bool) -> None:
        """The order for which they were asked is done; what nobody took is given back to HQ,
        without waiting for it."""
