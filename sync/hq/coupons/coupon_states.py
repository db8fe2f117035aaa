"""What became of coupons: listed one by one, or counted."""

from enum import StrEnum

import msgspec
from asyncpg import Connection

from agent.base.clock import Millis

MAX_ROWS = 10_000

_LIST = """
SELECT c.coupon_id, c.campaign, c.run, c.store, c.member_id, s.state, c.not_before, c.expires,
    c.issued_at, c.revoked_at, u.store AS used_in, u.till AS used_till,
    u.receipt AS used_receipt, u.occurred_at AS used_at
FROM coupon c LEFT JOIN coupon_use u ON u.coupon_id = c.coupon_id AND u.holder,
    LATERAL (SELECT coupon_status(c, u.coupon_id IS NOT NULL, $1) AS state) AS s
WHERE ($2::text IS NULL OR s.state = $2)
AND ($3::bigint IS NULL OR c.campaign = $3) AND ($4::bigint IS NULL OR c.run = $4)
AND ($5::text IS NULL OR c.member_id = $5)
ORDER BY c.status_index DESC LIMIT $6
"""

_TALLY = """
SELECT coupon_status(c, u.coupon_id IS NOT NULL, $1) AS state, count(*) AS coupons
FROM coupon c LEFT JOIN coupon_use u ON u.coupon_id = c.coupon_id AND u.holder
WHERE ($2::bigint IS NULL OR c.campaign = $2) AND ($3::bigint IS NULL OR c.run = $3) GROUP BY 1
"""


class CouponStatus(StrEnum):
    """What became of a coupon, as far as HQ has received."""

    OPEN = "open"
    """Good to use."""
    WAITING = "waiting"
    """Good later."""
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Coupon(msgspec.Struct, frozen=True, kw_only=True):
    """An issued coupon."""

    coupon_id: str
    campaign: int
    run: int
    """The `issue` that it comes from."""
    store: str | None
    """The only store that may take it; None: every store."""
    member_id: str | None
    state: CouponStatus
    not_before: Millis
    expires: Millis
    issued_at: Millis
    revoked_at: Millis | None
    used_in: str | None
    """The store that has the right to its use."""
    used_till: str | None
    used_receipt: str | None
    used_at: Millis | None


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How many coupons are in each state."""

    open: int = 0
    waiting: int = 0
    used: int = 0
    expired: int = 0
    revoked: int = 0

    @property
    def coupons(self) -> int:
        """All of them."""
        return sum(msgspec.structs.astuple(self))

    @property
    def left(self) -> int:
        """Those that a customer may still come with."""
        return self.open + self.waiting


async def list_coupons(
    connection: Connection,
    *,
    campaign: int | None = None,
    run: int | None = None,
    member: str | None = None,
    state: str | None = None,
    limit: int = 100,
    now: Millis,
) -> list[Coupon]:
    """Return coupons, the last issued first."""
    rows = await connection.fetch(_LIST, now, state, campaign, run, member, min(limit, MAX_ROWS))
    return [Coupon(**{**row, "state": CouponStatus(row["state"])}) for row in rows]


async def tally(
    connection: Connection, *, campaign: int | None = None, run: int | None = None, now: Millis
) -> Tally:
    """Count the coupons of a campaign or of an issue run."""
    rows = await connection.fetch(_TALLY, now, campaign, run)
    return Tally(**{row["state"]: row["coupons"] for row in rows})
