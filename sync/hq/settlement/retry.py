"""Parked events tried again: by a newer HQ that can read them, or once what they lacked is there.

An event takes effect in its own place, with what comes after it in the journal standing as it is.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import msgspec
from asyncpg import Connection, Record

from agent.domain.coupons.case import CREDIBLE_LAG_MS
from agent.domain.line.chain import GENESIS, Envelope
from sync.hq.database import REFUSED
from sync.hq.intake import ingest
from sync.hq.intake.closing_keys import strange_closings
from sync.hq.intake.effects import Effects
from sync.hq.intake.journal import lock_position
from sync.hq.intake.parking import Parking
from sync.hq.intake.received import Received
from sync.hq.intake.repeated_refunds import REFUNDS_KEPT, repeated_refunds
from sync.hq.settlement.settler import settle_again, settle_uses_again
from sync.hq.settlement.stretch import Stretch
from sync.protocol.batch import Event

_UNTRIED: Final = frozenset(
    {
        ingest.EVENT_ID_REUSED,
        "coupon_of_other_store",
        "redemption_of_other_store",
        "redemption_repeated",
        "time_goes_back",
        "unknown_member",
    }
)
"""What a second try finds as the first did, or would count twice."""
_OF_USES: Final = frozenset({"unknown_coupon", "unknown_redemption"})
_NOT_SETTLED: Final = "not_settled"

_PARKED = """
SELECT p.epoch, p.seq, p.code, e.hash, e.line, e.received_at
FROM parked p JOIN event e USING (store, epoch, seq)
WHERE store = $1 AND settled_at IS NULL AND NOT code = ANY($2)
ORDER BY p.epoch, p.seq, p.code
"""

_FORGET = "DELETE FROM parked WHERE (store, epoch, seq, code) = ($1, $2, $3, $4)"

_PARK = """
INSERT INTO parked (store, epoch, seq, code, detail, parked_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
"""

_STILL = "SELECT count(*) FROM parked WHERE (store, epoch, seq, code) = ($1, $2, $3, $4)"

_SETTLED = "SELECT epoch, settled_seq FROM store_settlement WHERE store = $1 FOR UPDATE"

_BEFORE = """
SELECT coalesce(max(occurred_at), 0) FROM event
WHERE (store, epoch) = ($1, $2) AND seq < $3 AND occurred_at <= received_at + $4
"""

_UNREPEAT = "UPDATE refund SET repeated = false WHERE (store, epoch, seq) = ($1, $2, $3)"

_TAKE_BACK = """
INSERT INTO stock AS s (store, sku, quantity)
SELECT $1, sku, sum(quantity) FROM unnest($2::text[], $3::bigint[]) AS m (sku, quantity)
GROUP BY sku
ON CONFLICT (store, sku) DO UPDATE SET quantity = s.quantity + excluded.quantity
"""

_TELL_STOCK = """
INSERT INTO change (store, entity, key, body)
SELECT $1, 'stock', sku, stock_body(sku, quantity, $2)
FROM stock WHERE store = $1 AND sku = ANY($3) ORDER BY sku
"""

# The statement that receives a batch, without what it does to the journal: each effect stands in
# one place. The parameters that it has no use for are named for their types.
_EFFECTS_PART = "sold AS ("
_APPLY_HEAD = """
WITH moved AS (SELECT $5::bigint AS backup_through, 0::bigint AS newest_before),
known AS (SELECT 0::bigint AS seq WHERE false),
unused AS (
    SELECT $3::bigint, $4::bytea, $6::bytea, $8::bigint[], $9::uuid[], $10::text[], $11::text[],
        $12::bigint[], $13::bytea[], $14::bytea[], $15::bigint[], $16::text[], $17::text[],
        $91::bigint
),
"""


class Retried(msgspec.Struct, frozen=True, kw_only=True):
    """What came of trying again."""

    applied: int
    """Events that have taken effect, or lack nothing any more."""
    parked: int
    """Those that still can't."""


async def retry_parked(connection: Connection, store: str, *, now: int) -> Retried:
    """Try the store's parked events again, in the order of its journal, in one transaction."""
    applied = tried = 0
    async with connection.transaction():
        position = await lock_position(connection, store)
        if position is None:
            return Retried(applied=0, parked=0)
        settled = await connection.fetchrow(_SETTLED, store)
        one = _Retry(connection, store, position["accepted_seq"], tuple(settled), now)
        for row in await connection.fetch(_PARKED, store, list(_UNTRIED)):
            tried += 1
            applied += await one.again(row)
    return Retried(applied=applied, parked=tried - applied)


class _Retry:
    """One store's parked events, with its position and settlement locked."""

    def __init__(
        self,
        connection: Connection,
        store: str,
        accepted_seq: int,
        settled: tuple[int, int],
        now: int,
    ) -> None:
        self._connection = connection
        self._store = store
        self._accepted_seq = accepted_seq
        self._settled = settled
        self._now = now

    async def again(self, row: Record) -> bool:
        """Try one reason of one event again; tell whether it is gone."""
        try:
            async with self._connection.transaction():
                return await self._again(row)
        except REFUSED:
            return False

    async def _again(self, row: Record) -> bool:
        code: str = row["code"]
        key = self._store, row["epoch"], row["seq"], code
        if code in _OF_USES or code == _NOT_SETTLED:
            await self._connection.execute(_FORGET, *key)
            again = settle_uses_again if code in _OF_USES else settle_again
            await again(self._connection, self._stretch(row), now=self._now)
            return not await self._connection.fetchval(_STILL, *key)
        batch = self._batch(row)
        [effects] = batch.effects
        refused = await repeated_refunds(self._connection, batch)
        strange = await strange_closings(self._connection, batch, "")
        parking = effects.parking or refused.get(effects.seq) or strange.get(effects.seq)
        if parking is not None:
            if refused and code not in REFUNDS_KEPT:
                await self._apply(row, batch.with_repeated(refused))
            await self._explain(row, parking)
            return False
        await self._connection.execute(_FORGET, *key)
        if code in REFUNDS_KEPT:
            await self._unrepeat(row, effects)
        else:
            await self._apply(row, batch)
        if (row["epoch"], row["seq"]) <= self._settled:
            await settle_again(self._connection, self._stretch(row), now=self._now)
        skus = sorted({str(sku) for _, sku, _ in effects.movements})
        await self._connection.execute(_TELL_STOCK, self._store, self._accepted_seq, skus)
        return True

    async def _explain(self, row: Record, why: Parking) -> None:
        """Say it in today's words, as parked since the same time."""
        place = self._store, row["epoch"], row["seq"]
        if why.code != row["code"]:
            await self._connection.execute(_FORGET, *place, row["code"])
            await self._connection.execute(_PARK, *place, *why, self._now)

    async def _apply(self, row: Record, batch: Received) -> None:
        [effects] = batch.effects
        if effects.redemptions:
            place = self._store, row["epoch"], row["seq"]
            before = await self._connection.fetchval(_BEFORE, *place, CREDIBLE_LAG_MS)
            # The batch has worked out what one event can know of the time before it: nothing.
            bare = [use[:-1] for use in effects.redemptions]
            effects = effects._replace(redemptions=bare).after(before)
            batch = replace(batch, effects=[effects])
        statement = _APPLY_HEAD + _EFFECTS_PART + ingest.RECEIVE.split(_EFFECTS_PART, 1)[1]
        await self._connection.fetchrow(statement, *batch.arguments())

    async def _unrepeat(self, row: Record, effects: Effects) -> None:
        await self._connection.execute(_UNREPEAT, self._store, row["epoch"], row["seq"])
        back = [(sku, -pieces) for _, sku, pieces in _pieces(effects)]
        columns = zip(*back, strict=True) if back else ((), ())
        await self._connection.execute(_TAKE_BACK, self._store, *columns)

    def _stretch(self, row: Record) -> Stretch:
        epoch, seq = row["epoch"], row["seq"]
        return Stretch(self._store, epoch, seq - 1, epoch, seq)

    def _batch(self, row: Record) -> Received:
        envelope = msgspec.json.decode(row["line"], type=Envelope)
        return Received.of(
            [Event(row["line"], row["hash"], envelope)],
            store=self._store,
            epoch=row["epoch"],
            prev_hash=GENESIS,
            received_at=row["received_at"],
        )


def _pieces(effects: Effects) -> Iterator[tuple[object, str, int]]:
    for seq, sku, pieces in effects.movements:
        assert isinstance(sku, str)  # noqa: S101 - as effects.py makes them
        assert isinstance(pieces, int)  # noqa: S101
        yield seq, sku, pieces
