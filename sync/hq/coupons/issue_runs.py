"""Issue runs: the coupons of one `issue`, and how they are doing."""

from enum import StrEnum

import msgspec
from asyncpg import Connection

from agent.base.clock import Millis

_BEGIN = """
INSERT INTO issue_run (campaign, kind, kid, issued_at) VALUES ($1, $2, $3, $4) RETURNING run
"""

_LIST = """
SELECT r.run, r.campaign, r.kind, r.kid, r.issued_at, count(s.state) AS coupons,
    count(*) FILTER (WHERE s.state IN ('open', 'waiting')) AS open,
    count(*) FILTER (WHERE s.state = 'used') AS used,
    count(*) FILTER (WHERE s.state = 'revoked') AS revoked
FROM (
    SELECT * FROM issue_run WHERE $1::bigint IS NULL OR campaign = $1 ORDER BY run DESC LIMIT $2
) AS r
LEFT JOIN LATERAL (
    SELECT coupon_status(c, u.coupon_id IS NOT NULL, $3) AS state
    FROM coupon c LEFT JOIN coupon_use u ON u.coupon_id = c.coupon_id AND u.holder
    WHERE c.run = r.run
) AS s ON true
GROUP BY r.run, r.campaign, r.kind, r.kid, r.issued_at ORDER BY r.run DESC
"""


class RunKind(StrEnum):
    """What was issued."""

    TOKENS = "tokens"
    """Signed, to be scanned."""
    CODES = "codes"
    """Short, to be typed."""
    PASSPHRASE = "passphrase"  # noqa: S105  # no password
    HANDOUTS = "handouts"
    """Signed, for a store to give away."""


class IssueRun(msgspec.Struct, frozen=True, kw_only=True):
    """The coupons of one `issue`."""

    run: int
    campaign: int
    kind: str
    """A RunKind, or `earlier`: issued before runs were recorded."""
    kid: str | None
    """The key that signed them; empty: none did; None: not recorded."""
    issued_at: Millis
    coupons: int
    open: int
    """Not used, and good now or later."""
    used: int
    revoked: int


async def begin_run(
    connection: Connection, campaign: int, *, kind: RunKind, kid: str = "", now: Millis
) -> int:
    """Return the number of a new run, in the transaction that issues its coupons."""
    return int(await connection.fetchval(_BEGIN, campaign, kind.value, kid, now))


async def list_runs(
    connection: Connection, *, campaign: int | None = None, limit: int = 100, now: Millis
) -> list[IssueRun]:
    """Return issue runs, the newest first."""
    return [IssueRun(**row) for row in await connection.fetch(_LIST, campaign, limit, now)]
