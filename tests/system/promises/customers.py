"""Who comes to the tills: a few customers with fewer coupons, so that they meet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import Bundle

from tests.system.promises.head_office import MEMBERS, PRICES_FEN, Coupon
from tests.system.promises.till import Basket

STORES = ("MB001", "MB002", "MB003")
TILLS = ("T1", "T2")
MAX_VISITS = 3
"""In one step."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A customer at a till."""

    store: str
    basket: Basket
    coupon: Coupon | None
    order_elsewhere: bool
    """The POS keeps the order itself; the store only redeems the coupon, if there is one."""


coupons: Bundle[Coupon] = Bundle("coupons")
stores = st.sampled_from([*STORES, *STORES[:2], *STORES[:1] * 5])
"""Unevenly, so that one has a long history."""
tills = st.sampled_from(TILLS)
skus = st.sampled_from(sorted(PRICES_FEN))
visits = st.lists(
    st.builds(
        Visit,
        store=stores,
        basket=st.builds(
            Basket,
            till=tills,
            sku=skus,
            quantity=st.integers(1, 3),
            member_id=st.none() | st.sampled_from(MEMBERS),
        ),
        coupon=st.none() | coupons,
        order_elsewhere=st.booleans(),
    ),
    max_size=MAX_VISITS,
)
places = st.integers(0, 7)
"""Counted from the newest; see `newest`."""


def newest(things: Sequence[T], place: int) -> T:
    """Return the thing at `place`, or at one that there is."""
    return things[-1 - place % len(things)]
