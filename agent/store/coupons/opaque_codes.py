"""Opaque codes that HQ told this store, by a key that does not give the code away."""

import msgspec

from agent.domain.coupons.opaque import OpaqueCoupons
from agent.store.sqlite import Connection

_coupons = msgspec.json.Decoder(OpaqueCoupons)


def put(db: Connection, coupons: OpaqueCoupons) -> None:
    """Keep the coupons behind a code."""
    db.execute(
        "INSERT OR REPLACE INTO opaque_code (key, body) VALUES (?, ?)",
        (coupons.key, msgspec.json.encode(coupons)),
    )


def find(db: Connection, key: str) -> OpaqueCoupons | None:
    """Return the coupons behind a code."""
    row = db.execute("SELECT body FROM opaque_code WHERE key = ?", (key,)).fetchone()
    return _coupons.decode(row[0]) if row else None


def first_unused(db: Connection, coupon_ids: tuple[str, ...]) -> str:
    """Return the first coupon that is neither used nor revoked as far as is known; else the last.

    A use that was taken back here counts no longer, whatever HQ tells of it.
    """
    marks = ",".join("?" * len(coupon_ids))
    rows = db.execute(
        "SELECT coupon_id FROM redemption WHERE reversed_seq IS NULL "  # noqa: S608 - marks
        f"AND seq > 0 AND coupon_id IN ({marks}) "
        "UNION SELECT coupon_id FROM redemption WHERE reversed_seq IS NULL "
        f"AND seq < 0 AND coupon_id IN ({marks}) "
        f"UNION SELECT coupon_id FROM coupon_state c WHERE coupon_id IN ({marks}) "
        "AND NOT EXISTS (SELECT 1 FROM redemption r "
        "WHERE r.redemption_id = c.redemption_id AND r.reversed_seq IS NOT NULL)",
        coupon_ids * 3,
    )
    taken = {row[0] for row in rows}
    return next((one for one in coupon_ids if one not in taken), coupon_ids[-1])
