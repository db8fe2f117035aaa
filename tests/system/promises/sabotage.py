"""Parts of the chain made careless, each to show that the machine notices."""

import pytest
from asyncpg import Connection

from agent.domain.coupons.events import Redemption
from agent.store import idempotency, refunds
from agent.store.coupons import redemptions
from agent.store.coupons.redemptions import Moment, Standing
from agent.store.sqlite import Connection as StoreConnection
from sync.hq.database import connect
from sync.hq.intake import ingest
from sync.hq.migrations import migrate
from sync.hq.settings import DatabaseSection

_PLACE_GUARD = " AND epoch = $2 AND epoch > 0 AND accepted_seq = $3 AND accepted_hash = $4"
_ID_GUARD = "    ON CONFLICT (store, event_id) WHERE NOT duplicate DO NOTHING\n"
_STILL_TYPED = " WHERE $3::bigint >= 0 AND $4::bytea IS NOT NULL"


async def forget_places_and_ids(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let HQ take whatever comes: neither the place nor the id of an event is compared."""
    careless = _without(ingest.RECEIVE, _PLACE_GUARD, _ID_GUARD) + _STILL_TYPED
    monkeypatch.setattr(ingest, "RECEIVE", careless)
    db = await _database(dsn)
    await db.execute("DROP INDEX event_once")
    for table in ("event", "sale", "refund", "redemption", "reversal"):
        await db.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey")
    await db.close()


async def forget_ids(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let HQ compare only places: what comes again under a new epoch counts again."""
    monkeypatch.setattr(ingest, "RECEIVE", _without(ingest.RECEIVE, _ID_GUARD))
    db = await _database(dsn)
    await db.execute("DROP INDEX event_once")
    await db.close()


async def forget_uses(_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let stores take coupons that are in use."""
    careful = redemptions.add

    def standing(_db: StoreConnection, _store: str, _coupon_id: str) -> Standing:
        return Standing(revoked=False, used=None)

    def add(db: StoreConnection, redemption: Redemption, moment: Moment) -> None:
        db.execute("DROP INDEX IF EXISTS redemption_in_use")
        careful(db, redemption, moment)

    monkeypatch.setattr(redemptions, "standing", standing)
    monkeypatch.setattr(redemptions, "add", add)


async def forget_refunds(_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let stores give the same pieces back again."""
    monkeypatch.setattr(refunds, "pieces_back", lambda *_: ())


async def forget_answers(_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let stores do again what is asked again under the same key."""
    monkeypatch.setattr(idempotency, "keep", lambda *_: None)


async def _database(dsn: str) -> Connection:
    db = await connect(DatabaseSection(dsn=dsn))
    await migrate(db)
    return db


def _without(text: str, *parts: str) -> str:
    for part in parts:
        assert part in text
        text = text.replace(part, "")
    return text
