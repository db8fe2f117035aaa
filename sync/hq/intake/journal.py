"""A store's journal as HQ holds it: positions, hashes as it stands, lines that contradict it."""

from collections.abc import Iterable

from asyncpg import Connection, Record

from agent.base.problem import ProblemError
from agent.domain.line.chain import GENESIS
from sync.protocol.batch import Event
from sync.protocol.identity import Identity
from sync.protocol.messages import Point
from sync.protocol.position import Offer

_LOCK_POSITION = """
SELECT p.epoch, p.install_id, p.accepted_seq, p.accepted_hash, p.backup_through,
    coalesce(e.base_seq, 0) AS base_seq, coalesce(e.base_hash, $2) AS base_hash
FROM store_position p LEFT JOIN store_epoch e USING (store, epoch)
WHERE p.store = $1
FOR UPDATE OF p
"""

ABANDONED = 2**63 - 1
"""The base_seq of an epoch that the journal does not go through."""

_EPOCHS = "SELECT epoch, base_seq FROM store_epoch WHERE store = $1 ORDER BY epoch DESC"

_HASHES = "SELECT seq, hash FROM event WHERE store = $1 AND epoch = $2 AND seq = ANY($3)"

_HOLDERS = """
SELECT max(v.epoch) AS epoch, v.seq, v.hash
FROM store_epoch e JOIN event v USING (store, epoch)
WHERE e.store = $1 AND v.seq = ANY($2) GROUP BY v.seq, v.hash
"""

_ABANDONED = """
SELECT epoch FROM store_epoch WHERE store = $1 AND base_seq = $2 AND begun_at IS NOT NULL
"""

_OFFERS = """
SELECT e.epoch, e.began_after, e.base_hash,
    (e.beside_epoch, e.beside_seq) <> (p.epoch, p.accepted_seq) AS is_void
FROM store_epoch e JOIN store_position p USING (store)
WHERE e.store = $1 AND e.begun_at IS NULL
"""

_NOTE_TIME = """
UPDATE store_position SET newest_at = $2 WHERE store = $1 AND newest_at < $2
"""

_GREETED = """
SELECT p.install_id, $2 > 0 AND ($2 = p.epoch OR EXISTS (
    SELECT FROM store_epoch e WHERE (e.store, e.epoch) = (p.store, $2) AND e.begun_at IS NULL
    AND (e.beside_epoch, e.beside_seq) = (p.epoch, p.accepted_seq))) AS in_epoch
FROM store_position p WHERE p.store = $1
"""

_QUARANTINE = """
INSERT INTO quarantine (store, epoch, seq, hash, line, received_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
"""


async def lock_position(connection: Connection, store: str) -> Record:
    """Return the store's position and the base of its epoch, locked until the transaction ends."""
    return await connection.fetchrow(_LOCK_POSITION, store, GENESIS)


async def check_greeted(connection: Connection, store: str, identity: Identity) -> None:
    """Raise ProblemError 403 for a copy of the store, which has no say."""
    row = await connection.fetchrow(_GREETED, store, identity.epoch)
    if row is None or identity.install_id != row["install_id"] or not row["in_epoch"]:
        raise ProblemError(403, "fenced", "this is not the installation that HQ has greeted")


async def hashes_at(connection: Connection, store: str, seqs: Iterable[int]) -> dict[int, bytes]:
    """Return HQ's hash at each of `seqs` of the journal as it stands, where it holds one."""
    epochs = [(row["epoch"], row["base_seq"]) for row in await connection.fetch(_EPOCHS, store)]
    asked: dict[int, list[int]] = {}
    held: dict[int, bytes] = {}
    for seq in seqs:
        if seq == 0:
            held[0] = GENESIS
        elif epoch := next((epoch for epoch, base_seq in epochs if base_seq < seq), 0):
            asked.setdefault(epoch, []).append(seq)
    for epoch, of_epoch in asked.items():
        rows = await connection.fetch(_HASHES, store, epoch, of_epoch)
        held |= {row["seq"]: row["hash"] for row in rows}
    return held


async def holders_of(
    connection: Connection, store: str, places: Iterable[Point]
) -> dict[Point, int]:
    """Return, for each of `places` that HQ holds in any journal of the store, the newest epoch."""
    seqs = [point.seq for point in places]
    if not seqs:
        return {}
    rows = await connection.fetch(_HOLDERS, store, seqs)
    return {Point(row["seq"], row["hash"].hex()): row["epoch"] for row in rows}


async def abandoned_epochs(connection: Connection, store: str) -> frozenset[int]:
    """Return the epochs that the journal as it stands does not go through."""
    rows = await connection.fetch(_ABANDONED, store, ABANDONED)
    return frozenset(row["epoch"] for row in rows)


async def offers_of(connection: Connection, store: str) -> dict[int, Offer]:
    """Return the epochs that were given to the store and have not begun; its position is locked."""
    return {
        row["epoch"]: Offer(
            base=Point(row["began_after"], row["base_hash"].hex()), is_void=row["is_void"]
        )
        for row in await connection.fetch(_OFFERS, store)
    }


async def note_time(connection: Connection, store: str, at: int) -> None:
    """Note that what the store, whose position is locked, records from now on is after `at`."""
    await connection.execute(_NOTE_TIME, store, at)


def accepted_point(position: Record) -> Point:
    """Return where `position` stands."""
    return Point(position["accepted_seq"], position["accepted_hash"].hex())


async def quarantine(
    connection: Connection, store: str, *, epoch: int, event: Event, received_at: int
) -> None:
    """Keep a line that contradicts the journal; the same line once."""
    seq = event.envelope.seq
    await connection.execute(_QUARANTINE, store, epoch, seq, event.hash, event.line, received_at)
