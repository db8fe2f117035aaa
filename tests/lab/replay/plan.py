"""The plan of a replay: which coupon is issued for what, and who presents it where, in what order.

Pure: the same rows, baskets and seed give the same plan.
"""

import hashlib
import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle

from agent.domain.basket import Line, total
from agent.domain.coupons.campaign import SumRule
from tests.lab.discount import discount
from tests.lab.replay.basket import BasketTooSmallError, priced, raised
from tests.lab.replay.hostile import Hostile
from tests.lab.replay.trace import CouponRow, TraceError

REPEATED_SHARE = 0.05
"""Sales sent a second time with the same key, as after a lost answer."""


@dataclass(frozen=True, kw_only=True)
class Mix:
    """What is mixed into a replay."""

    stores: Sequence[str]
    shared_share: float = 0.0
    """Of the coupons: good in every store, and presented in two of them."""
    hostile_share: float = 0.0
    """Of the visits: followed by a hostile scan."""
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class CampaignKey:
    """One campaign of the trace; its shared coupons are a campaign of another class."""

    merchant: str
    coupon: str
    rate: str
    shared: bool

    @property
    def name(self) -> str:
        """The campaign's name."""
        return f"{self.merchant}-{self.coupon} {self.rate}{' 全门店通用' if self.shared else ''}"


@dataclass(frozen=True, kw_only=True)
class PlannedCoupon:
    """One coupon to be issued."""

    campaign: CampaignKey
    store: str
    """Where it is presented first; the only store that may take it, unless it is shared."""


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A member comes to a till with a basket and a coupon."""

    store: str
    coupon: int
    """Index into the plan's coupons."""
    member_id: str
    lines: tuple[Line, ...]
    discount_fen: int
    at_risk: bool
    repeated: bool = False
    hostile: Hostile | None = None

    @property
    def payable_fen(self) -> int:
        """What is paid."""
        return total(self.lines) - self.discount_fen


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that a replay does."""

    rules: dict[CampaignKey, SumRule] = field(default_factory=dict)
    coupons: list[PlannedCoupon] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)

    @property
    def shared(self) -> set[int]:
        """Indexes of the coupons that are presented in two stores."""
        return {n for n, coupon in enumerate(self.coupons) if coupon.campaign.shared}

    def hostile(self, kind: Hostile, store: str) -> int:
        """How many scans of `kind` there are in `store`."""
        return sum(visit.hostile is kind and visit.store == store for visit in self.visits)


def make_plan(rows: Iterable[CouponRow], baskets: Sequence[tuple[str, ...]], mix: Mix) -> Plan:
    """Return the plan; a merchant's rows are one store's, merchants take turns. TraceError."""
    rows = list(rows)
    draw = random.Random(mix.seed)
    shared = set(draw.sample(range(len(rows)), round(len(rows) * mix.shared_share)))
    plan = Plan()
    home_of = _homes(rows, mix.stores)
    prices = cycle([priced(groups) for groups in baskets])
    for n, (row, basket) in enumerate(zip(rows, prices, strict=False)):
        home = home_of[row.merchant]
        campaign = CampaignKey(
            merchant=row.merchant, coupon=row.coupon, rate=row.rate, shared=n in shared
        )
        plan.rules[campaign] = row.rule
        plan.coupons.append(PlannedCoupon(campaign=campaign, store=home))
        stores = [home, _another(home, mix.stores)] if n in shared else [home]
        plan.visits.extend(_visit(store, n, row, basket, at_risk=n in shared) for store in stores)
    return Plan(
        rules=plan.rules, coupons=plan.coupons, visits=_with_trouble(plan.visits, mix, draw)
    )


def member_of(user: str) -> str:
    """The member id of a user of the trace, 24 hex digits."""
    return hashlib.sha256(f"member {user}".encode()).hexdigest()[:24]


def _homes(rows: Sequence[CouponRow], stores: Sequence[str]) -> dict[str, str]:
    merchants = dict.fromkeys(row.merchant for row in rows)
    return dict(zip(merchants, cycle(stores), strict=False))


def _another(store: str, stores: Sequence[str]) -> str:
    return stores[(stores.index(store) + 1) % len(stores)]


def _visit(
    store: str, coupon: int, row: CouponRow, basket: tuple[Line, ...], *, at_risk: bool
) -> Visit:
    try:
        lines = raised(basket, row.rule.min_fen)
    except BasketTooSmallError as error:
        raise TraceError(f"coupon {row.coupon} ({row.rate}) can't be used: {error}") from None
    return Visit(
        store=store,
        coupon=coupon,
        member_id=member_of(row.user),
        lines=lines,
        discount_fen=discount(row.rule, total(lines)),
        at_risk=at_risk,
    )


def _with_trouble(visits: Sequence[Visit], mix: Mix, draw: random.Random) -> list[Visit]:
    """The visits, some followed by a hostile scan and some sent twice."""
    places = range(len(visits))
    attacked = draw.sample(places, round(len(visits) * mix.hostile_share))
    kinds = dict(zip(attacked, cycle(Hostile), strict=False))
    repeated = set(draw.sample(places, math.ceil(len(visits) * REPEATED_SHARE)))
    return [
        replace(visit, hostile=kinds.get(n), repeated=n in repeated)
        for n, visit in enumerate(visits)
    ]
