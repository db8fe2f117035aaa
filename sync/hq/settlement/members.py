"""Members' points: what their sales earned less what refunds took back, told to every store that
knows them."""

from asyncpg import Connection

from sync.hq.settlement.stretch import Stretch

# A repeated refund, and an event that was known from an older epoch ($4 > 1: there is one), move
# nothing again, but their store counts them on top of what it was told when the epoch began, until
# it is told anew.
_MOVED = """
SELECT member_id, sum(points)::bigint AS points FROM (
    SELECT member_id, points_earned AS points FROM sale
    WHERE store = $1 AND (epoch, seq) > ($2, $3) AND (epoch, seq) <= ($4, $5)
    UNION ALL
    SELECT member_id, CASE WHEN repeated THEN 0 ELSE -points_back END FROM refund
    WHERE store = $1 AND (epoch, seq) > ($2, $3) AND (epoch, seq) <= ($4, $5)
    UNION ALL
    SELECT coalesce(sale.member_id, refund.member_id), 0 FROM event again
    JOIN event first ON first.store = again.store AND first.event_id = again.event_id
        AND NOT first.duplicate
    LEFT JOIN sale ON (sale.store, sale.epoch, sale.seq) = (first.store, first.epoch, first.seq)
    LEFT JOIN refund
        ON (refund.store, refund.epoch, refund.seq) = (first.store, first.epoch, first.seq)
    WHERE $4 > 1 AND again.duplicate AND again.store = $1
    AND (again.epoch, again.seq) > ($2, $3) AND (again.epoch, again.seq) <= ($4, $5)
) AS moved
WHERE member_id IS NOT NULL
GROUP BY member_id ORDER BY member_id
"""

_LOCK = """
SELECT member_id FROM member WHERE member_id = ANY($1) ORDER BY member_id FOR NO KEY UPDATE
"""

_ADD = """
UPDATE member m SET points = m.points + e.points
FROM unnest($1::text[], $2::bigint[]) AS e (member_id, points)
WHERE m.member_id = e.member_id
"""

_SUBSCRIBE = """
INSERT INTO member_store (store, member_id) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING
"""

_PARK = """
INSERT INTO parked (store, epoch, seq, code, detail, parked_at)
SELECT store, epoch, seq, 'unknown_member', member_id, $6 FROM (
    SELECT store, epoch, seq, member_id FROM sale
    UNION ALL SELECT store, epoch, seq, member_id FROM refund) AS told
WHERE store = $1 AND (epoch, seq) > ($2, $3) AND (epoch, seq) <= ($4, $5)
AND member_id = ANY($7)
ON CONFLICT DO NOTHING
"""

_TELL = """
INSERT INTO change (store, entity, key, body)
SELECT s.store, 'member', member.member_id, member_body(member, settled_through(s.store))
FROM member JOIN member_store s USING (member_id)
WHERE member.member_id = ANY($1) ORDER BY member.member_id, s.store
"""


async def settle_members(connection: Connection, stretch: Stretch, *, now: int) -> None:
    """Add what the stretch moved of members' points; its store knows these members now.

    The store's settlement has moved already: the change tells it.
    """
    moved = await connection.fetch(_MOVED, *stretch)
    if not moved:
        return
    asked = [row["member_id"] for row in moved]
    known = [row["member_id"] for row in await connection.fetch(_LOCK, asked)]
    if unknown := sorted(set(asked) - set(known)):
        await connection.execute(_PARK, *stretch, now, unknown)
    if known:
        await connection.execute(_ADD, asked, [row["points"] for row in moved])
        await connection.execute(_SUBSCRIBE, stretch.store, known)
        # A later statement than the lock: what other stores settled meanwhile counts in it.
        await connection.execute(_TELL, known)
