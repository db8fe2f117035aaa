"""What HQ says of single coupons: revoked, or used and where."""

from collections.abc import Iterable

import msgspec

from agent.base.clock import Millis
from agent.store.sqlite import Connection

# A revocation stands, whatever is told after it but how far it goes.
_PUT = (
    "INSERT INTO coupon_state (coupon_id, state, redemption_id, store, till, receipt, occurred_at) "
    "VALUES (?,?,?,?,?,?,?) ON CONFLICT (coupon_id) DO UPDATE "
    "SET state = excluded.state, redemption_id = excluded.redemption_id, "
    "store = excluded.store, till = excluded.till, receipt = excluded.receipt, "
    "occurred_at = excluded.occurred_at, stated = 1 WHERE coupon_state.state <> 'revoked' OR "
    "(excluded.state = 'revoked' AND "
    "(coupon_state.store <> excluded.store OR NOT coupon_state.stated))"
)


class CouponRow(msgspec.Struct, frozen=True, kw_only=True):
    """What HQ says of a coupon: `revoked`, or `used` and where."""

    coupon_id: str
    state: str
    redemption_id: str
    store: str
    """Of one that is revoked: the only one that could take it, if any."""
    till: str
    receipt: str
    occurred_at: Millis


def put_coupon_state(db: Connection, row: CouponRow) -> None:
    """Keep what HQ says of a coupon; a revocation stands, whatever is told after it."""
    db.execute(_PUT, msgspec.structs.astuple(row))


def put_coupon_states(
    db: Connection, rows: Iterable[tuple[str, str, str, str, str, str, int]]
) -> None:
    """Keep what HQ says of many coupons, each a row as in the table."""
    db.executemany(_PUT, rows)


def free_coupon(db: Connection, coupon_id: str) -> None:
    """Forget a use that HQ told and that was reversed."""
    db.execute("DELETE FROM coupon_state WHERE coupon_id = ? AND state = 'used'", (coupon_id,))
