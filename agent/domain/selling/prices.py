"""Prices with a validity: what an article costs at a moment, known before it begins.

A price with an end is special: it counts while it lasts. One without an end is the article's own
from its begin on. Of two of one kind the later begin counts.
"""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from agent.base.clock import Millis
from agent.base.strict_json import MAX_INTEGER
from agent.domain.money import Amount

MAX_PLANNED = 20
"""Of one article."""

Instant = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]


class PlannedPrice(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A price that was told before it begins."""

    price_fen: Amount
    starts_at: Instant
    """First instant at which it counts, in Unix milliseconds: the same in every store."""
    ends_at: Instant | None = None
    """First instant at which it counts no more; None: it stays."""

    def is_special_at(self, at: Millis) -> bool:
        """Whether it is one with an end that lasts at `at`."""
        return self.ends_at is not None and self.starts_at <= at < self.ends_at


Planned = Annotated[tuple[PlannedPrice, ...], Meta(max_length=MAX_PLANNED)]


def price_at(own_fen: int, planned: Sequence[PlannedPrice], at: Millis) -> int:
    """Return what the article costs at `at`, in fen; `own_fen` is what was told without a begin."""
    special = [one for one in planned if one.is_special_at(at)]
    return _latest(special, own_price_at(own_fen, planned, at))


def own_price_at(own_fen: int, planned: Sequence[PlannedPrice], at: Millis) -> int:
    """Return the article's own price at `at`, in fen: without special ones."""
    begun = [one for one in planned if one.ends_at is None and one.starts_at <= at]
    return _latest(begun, own_fen)


def still_planned(planned: Sequence[PlannedPrice], at: Millis) -> tuple[PlannedPrice, ...]:
    """Return those that change a price after `at`, by their begin."""
    left = [one for one in planned if (one.ends_at or one.starts_at) > at]
    return tuple(sorted(left, key=lambda one: one.starts_at))


def changes_between(planned: Sequence[PlannedPrice], after: Millis, until: Millis) -> bool:
    """Whether a price begins or ends at an instant for which after < instant ≤ until."""
    instants = [edge for one in planned for edge in (one.starts_at, one.ends_at)]
    return any(after < edge <= until for edge in instants if edge is not None)


def _latest(prices: Sequence[PlannedPrice], otherwise: int) -> int:
    newest = max(prices, key=lambda one: one.starts_at, default=None)
    return newest.price_fen if newest is not None else otherwise
