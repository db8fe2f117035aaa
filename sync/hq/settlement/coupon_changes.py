"""What the stores hear of a coupon whose holder changed: every store that could take it."""

from collections.abc import Collection

from asyncpg import Connection

# A coupon bound to a store concerns no other. Of one that HQ never issued, its use says so.
_TELL = """
INSERT INTO change (store, entity, key, body)
SELECT '*', 'coupon', id, CASE
    WHEN c.revoked_at IS NOT NULL THEN coupon_revoked_body(id, c.store)
    WHEN u.holder
    THEN coupon_used_body(id, u.redemption_id, u.store, u.till, u.receipt, u.occurred_at)
    ELSE coupon_state_body(id, 'free') END
FROM unnest($1::text[]) AS id
LEFT JOIN coupon c ON c.coupon_id = id
LEFT JOIN coupon_use u ON u.coupon_id = id AND u.holder
WHERE id ~ '^[0-9a-f]{24}$' AND c.store IS NULL AND (c.coupon_id IS NOT NULL OR NOT u.bound)
ORDER BY id
"""


async def tell_holders(connection: Connection, coupon_ids: Collection[str]) -> None:
    """Tell whether each coupon is used, and where; an earlier statement locked them."""
    if coupon_ids:
        await connection.execute(_TELL, list(coupon_ids))
