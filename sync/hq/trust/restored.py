"""Beginning anew after the database was restored from a backup.

The stores know more than the backup: cursors, versions and numbers that were given after it. None
of them may be given a second time with another meaning.
"""

from asyncpg import Connection

from agent.base.clock import Millis
from sync.hq.trust.documents import lock_documents
from sync.hq.trust.keys import KeyStore, publish_key_set
from sync.hq.trust.policy import current_policy, publish_policy
from sync.hq.trust.setup import vouch_for_own_answers

LEAP = 1_000
"""So many campaigns, issue runs or editions of a document at most are lost since the backup."""
INDEX_LEAP = 10_000_000
"""So many coupons."""

_LOCK_FEED = "LOCK TABLE change IN SHARE ROW EXCLUSIVE MODE"

_REBASE_FEED = "UPDATE change SET place = 0"
_REBASE_REVOCATIONS = "UPDATE coupon SET revoked_place = 0 WHERE revoked_place > 0"
"""Transaction numbers of the former cluster mean nothing here; the ids keep the order."""

# A store adds what it sold since to the stock that it is told, and may have deleted what it sold
# before the backup: what was told long ago is of no use to it.
_TELL_STOCK = """
INSERT INTO change (store, entity, key, body)
SELECT store, 'stock', sku, stock_body(sku, quantity, accepted_seq)
FROM stock JOIN store_position USING (store) ORDER BY store, sku
"""
_FORGET_SNAPSHOTS = "TRUNCATE snapshot, snapshot_page"

_RENEW = """
UPDATE hq SET hq_epoch = gen_random_uuid(), cluster = NULL, database_oid = NULL
RETURNING hq_epoch::text
"""

_LEAPS = """
SELECT setval(pg_get_serial_sequence('campaign', 'campaign'),
        nextval(pg_get_serial_sequence('campaign', 'campaign')) + $1),
    setval(pg_get_serial_sequence('coupon', 'status_index'),
        nextval(pg_get_serial_sequence('coupon', 'status_index')) + $2),
    setval(pg_get_serial_sequence('issue_run', 'run'),
        nextval(pg_get_serial_sequence('issue_run', 'run')) + $1)
"""


async def begin_incarnation(connection: Connection, key_store: KeyStore, *, now: Millis) -> str:
    """Begin a new incarnation and return it: every store reads the feed from its start.

    Head office's servers must not be running.
    """
    root = key_store.root()
    async with connection.transaction():
        await connection.execute(_LOCK_FEED)
        await connection.execute(_REBASE_FEED)
        await connection.execute(_REBASE_REVOCATIONS)
        await connection.execute(_TELL_STOCK)
        await connection.execute(_FORGET_SNAPSHOTS)
        await connection.fetch(_LEAPS, LEAP, INDEX_LEAP)
        hq_epoch = await connection.fetchval(_RENEW)
        await vouch_for_own_answers(connection, key_store, now=now)
        await lock_documents(connection)
        await publish_key_set(connection, root, now=now, leap=LEAP)
        policy = await current_policy(connection, key_store)
        if policy is not None:
            await publish_policy(connection, key_store, policy, now=now, leap=LEAP)
    return str(hq_epoch)
