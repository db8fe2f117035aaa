"""Apply changes: HQ's change feed into the store's tables, each page with its cursor.

What can't be read is parked, and tried again by `try_again`: at each start, so by a new version.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple, TypeVar

import msgspec

from agent.base.clock import Millis
from agent.base.logging import get_logger
from agent.domain.trust.document import DocumentError, DocumentKind
from agent.services.desk.store_desk import StoreDesk
from agent.services.line.appliers import (
    APPLIERS,
    is_known,
    put_stock,
    remove_told,
    unknown_fields,
)
from agent.services.line.apply_snapshot import apply_page, begin_seeding, finish_page
from agent.services.line.revocations import RevocationCheck, stated
from agent.services.line.sold_since import SoldSince, sold_since, stock_places
from agent.services.selling.follow_baskets import baskets_followed
from agent.store import trust
from agent.store.errors import StoreError
from agent.store.line import journal, parked, seeding, sync_state
from agent.store.line.parked import AheadChange, ParkedChange
from agent.store.sqlite import Connection, DatabaseError
from sync.errors import StoreUnavailableError
from sync.feed import FeedPosition, Seeding
from sync.protocol.changes import DocumentChange
from sync.protocol.identity import Identity
from sync.protocol.messages import GONE, Change, ChangesPage, Entity
from sync.protocol.snapshots import Snapshot

_PRICING = frozenset(
    {
        Entity.ARTICLE,
        Entity.CAMPAIGN,
        Entity.PROMOTION,
        Entity.PRICE_RULES,
        Entity.COUPON,
        Entity.OPAQUE_CODE,
        Entity.MEMBER,
        Entity.KEY_SET,
        Entity.POLICY,
    }
)
"""What a basket that lies open may come to something else by."""
RETRY_ROWS = 200
"""Kept changes that are tried again in one transaction."""

_DOCUMENTS = (str(Entity.KEY_SET), str(Entity.POLICY))
_ENTITIES = [str(entity) for entity in Entity]

T = TypeVar("T")

log = get_logger(__name__)


class Retried(msgspec.Struct, frozen=True, kw_only=True):
    """What came of trying again."""

    applied: int
    """Parked changes that this version can read."""
    parked: int
    """Those that it still can't."""


class ChangeApplier:
    """Implements sync.feed.ChangeSink on the store's tables."""

    def __init__(
        self,
        desk: StoreDesk,
        *,
        on_news: Callable[[], None] = lambda: None,
        on_documents: Callable[[], None] = lambda: None,
        on_other_revocations: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_news` is called when hello has news: other changes are parked, or a rollout came;
        `on_documents` when `desk.trust` may count by others; `on_other_revocations` when what is
        revoked here is not what HQ states."""
        self._desk = desk
        self._on_news = on_news
        self._on_documents = on_documents
        self._revocations = RevocationCheck(desk, on_difference=on_other_revocations)
        self._told: set[str] = set()
        """Why documents are parked, as it was logged."""

    async def position(self) -> FeedPosition:
        """Return how far the feed is applied."""
        state = await self._read(sync_state.get)
        told = stated(state)
        version = told.version if told else 0
        return FeedPosition(state.cursor, state.hq_epoch, state.feed_place, version)

    async def identity(self) -> Identity:
        """Return which machine asks for the feed."""
        state = await self._read(sync_state.get)
        return Identity(state.install_id, state.epoch)

    async def apply(self, page: ChangesPage) -> None:
        """Apply the page and move the cursor, in one transaction; write nothing of a page that
        brings nothing."""
        at = Millis(page.server_time)
        state = await self._read(sync_state.get)
        agrees, contact = self._revocations.agrees(page, state), self._desk.contact
        if agrees and contact.brings_nothing(page, state) and contact.note(at, state):
            self._desk.time.heard(at)
            return
        since = await self._sold_since(page.changes)

        def work(db: Connection) -> list[_Outcome]:
            sold = since.now(db, page.changes)
            outcomes = [self._apply_or_park(db, change, at, sold) for change in page.changes]
            sync_state.move_cursor(
                db,
                page.cursor,
                page.hq_epoch,
                feed_at=None if page.more else at,
                place=page.place,
                all_revoked=agrees,
            )
            told = [one for one in outcomes if not (one.why and one.entity in _DOCUMENTS)]
            return told if page.more else [*told, *self._parked_documents(db)]

        self._desk.time.heard(at)
        async with baskets_followed(self._desk, told=_moves_prices(page.changes)):
            outcomes = await self._write(work)
            await self._trust_again(page.changes)
        if not agrees:
            await self._check_revocations(page)
        _log_parked(outcomes)
        if any(outcome.differs or outcome.entity == Entity.ROLLOUT for outcome in outcomes):
            self._on_news()

    async def _check_revocations(self, page: ChangesPage) -> None:
        try:
            await self._revocations.check(page)
        except (StoreError, DatabaseError) as error:
            raise StoreUnavailableError("store_unreadable", str(error)) from error

    def _parked_documents(self, db: Connection) -> "list[_Outcome]":
        """What is parked of the documents once the feed is complete, and was not told yet.

        A feed that is read from its start tells older editions before the newest.
        """
        kept = parked.parked_after(db, 0, RETRY_ROWS, entities=_DOCUMENTS)
        fresh = [one for one in kept if one.why not in self._told]
        self._told = {one.why for one in kept}
        return [_Outcome(one.entity, one.key, one.why, True) for one in fresh]

    async def forget_cursor(self, hq_epoch: str) -> None:
        """Begin the feed anew."""
        await self._write(lambda db: sync_state.forget_cursor(db, hq_epoch))

    async def seeding(self) -> Seeding | None:
        """Return the snapshot that was begun and is not applied to its end."""
        seed = await self._read(seeding.get)
        if seed is None:
            return None
        try:
            return Seeding(msgspec.json.decode(seed.snapshot, type=Snapshot), seed.next_page)
        except msgspec.MsgspecError:  # of another version: begin anew
            return None

    async def begin_seeding(self, snapshot: Snapshot | None) -> None:
        """Let `snapshot` be applied from its first page; None: give up the one that was begun."""
        await self._write(lambda db: begin_seeding(db, snapshot))

    async def apply_seed(self, number: int, changes: Sequence[Change]) -> None:
        """Apply page `number`, in one transaction with its number; with the last one the cursor
        moves behind the snapshot."""
        since = await self._sold_since(changes)
        at = self._desk.time.now()

        def work(db: Connection) -> list[_Outcome]:
            sold = since.now(db, changes)
            left = apply_page(db, number, changes, sold)
            outcomes = [self._apply_or_park(db, change, at, sold) for change in left]
            finish_page(db, changes)
            return outcomes

        async with baskets_followed(self._desk, told=_moves_prices(changes)):
            outcomes = await self._write(work)
            await self._trust_again(changes)
        _log_parked(outcomes)
        if outcomes:
            self._on_news()

    async def _trust_again(self, changes: Sequence[Change]) -> None:
        if any(change.entity in _DOCUMENTS for change in changes):
            await self._desk.database.read(self._desk.trust.load)
            self._on_documents()

    async def keep_contact(self) -> None:
        """Write down when the feed was last complete, at a stop; a disk that can't is let be."""
        state = await self._desk.database.read(sync_state.get)
        if (at := self._desk.contact.unwritten(state)) is not None:
            with suppress(StoreError, DatabaseError):
                await self._desk.database.write(lambda db: sync_state.held_whole_feed(db, at))

    async def try_again(self) -> Retried:
        """Apply what is parked, and what was applied in part, as far as this version reads it.

        Raises StoreError or DatabaseError; what was applied until then is on disk.
        """
        database = self._desk.database
        for entity, fields in await database.read(parked.ahead_kinds):
            while is_known(entity, fields) and await self._fill_up(entity, fields):
                pass
        unread = await database.read_aside(parked.unread)
        if unread:
            await database.write(lambda db: parked.set_aside(db, unread, self._desk.time.now()))
        before, last = await database.read(parked.count), 0
        while rows := await database.read(_parked_after(last)):
            await self._retry(rows)
            last = rows[-1].id
        left = await database.read(parked.count)
        if before != left:
            self._on_news()
            await database.read(self._desk.trust.load)
        if before:
            log.info("parked_changes_tried_again", applied=before - left, still_parked=left)
        return Retried(applied=before - left, parked=left)

    async def _fill_up(self, entity: str, fields: str) -> int:
        """Apply changes once more whose `fields` were not known; return how many."""

        def read(db: Connection) -> list[Change]:
            return [_change(row) for row in parked.ahead(db, entity, fields, RETRY_ROWS)]

        database = self._desk.database
        since = await sold_since(database, await database.read(read))

        def work(db: Connection) -> int:
            changes = read(db)
            sold = since.now(db, changes)
            for change in changes:
                self._apply_or_park(db, change, self._desk.time.now(), sold)
            return len(changes)

        return await database.write(work)

    async def _retry(self, rows: Sequence[ParkedChange]) -> None:
        since = await sold_since(self._desk.database, [_change(row) for row in rows])

        def work(db: Connection) -> None:
            still = {row.id for row in _parked_after(rows[0].id - 1)(db)}
            changes = {row.id: _change(row) for row in rows if row.id in still}
            sold = since.now(db, changes.values())
            for place, change in changes.items():
                why = _overtaken(db, change) or self._why_not(db, change, sold)
                if why:
                    parked.explain(db, place, why)
                else:
                    parked.unpark(db, place)

        await self._desk.database.write(work)

    def _apply_or_park(
        self, db: Connection, change: Change, at: Millis, sold: dict[str, int]
    ) -> "_Outcome":
        entity, key = change.entity, change.key
        was_parked = parked.forget(db, entity, key)
        why = self._why_not(db, change, sold)
        if why:
            parked.park(db, entity, key, bytes(change.body), why, at)
            if entity == Entity.PROMOTION:  # an older version of it is no promotion of today's book
                remove_told(db, Entity.PROMOTION, key)
        return _Outcome(entity, key, why, was_parked or bool(why))

    def _why_not(self, db: Connection, change: Change, sold: dict[str, int]) -> str:
        """Apply a change, of which nothing is kept; or return why it can't be applied."""
        body = bytes(change.body)
        try:
            entity = Entity(change.entity)
            if body == GONE:
                remove_told(db, entity, change.key)
                return ""
            self._apply_one(db, entity, body, sold)
            fields = unknown_fields(entity, body)
        except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
            return str(error) or type(error).__name__
        if fields:
            kept = AheadChange(entity=change.entity, key=change.key, body=body, fields=fields)
            parked.keep_ahead(db, kept)
        return ""

    def _apply_one(self, db: Connection, entity: Entity, body: bytes, sold: dict[str, int]) -> None:
        match entity:
            case Entity.STOCK:
                put_stock(db, body, sold)
            case Entity.KEY_SET | Entity.POLICY:
                self._document(db, DocumentKind(entity.value), body)
            case _:
                APPLIERS[entity](db, body)

    def _document(self, db: Connection, kind: DocumentKind, body: bytes) -> None:
        data = bytes.fromhex(msgspec.json.decode(body, type=DocumentChange).document)
        version, held = self._desk.trust.check(kind, data), trust.held_version(db, kind)
        if version < held:
            raise DocumentError(
                f"head office told edition {version} of it, and edition {held} is held here, which "
                "goes on to count: another or a restored database, where `store-hq restored` is due"
            )
        trust.put_document(db, kind, version, data)

    async def _sold_since(self, changes: Sequence[Change]) -> SoldSince:
        try:
            return await sold_since(self._desk.database, changes)
        except DatabaseError as error:
            raise StoreUnavailableError("store_unreadable", str(error)) from error

    async def _read(self, work: Callable[[Connection], T]) -> T:
        try:
            return await self._desk.database.read(work)
        except DatabaseError as error:
            raise StoreUnavailableError("store_unreadable", str(error)) from error

    async def _write(self, work: Callable[[Connection], T]) -> T:
        try:
            return await self._desk.database.write(work)
        except (StoreError, DatabaseError) as error:
            raise StoreUnavailableError("store_not_writable", str(error)) from error


class _Outcome(NamedTuple):
    """What became of a change."""

    entity: str
    key: str
    why: str
    """It is parked; empty: it is applied."""
    differs: bool
    """Other changes are parked than before."""


def _log_parked(outcomes: Sequence[_Outcome]) -> None:
    """Say it once for each entity, however many there are: `store-agent feed parked` lists all."""
    unread = [outcome for outcome in outcomes if outcome.why]
    for entity in dict.fromkeys(outcome.entity for outcome in unread):
        of_it = [outcome for outcome in unread if outcome.entity == entity]
        first = of_it[0]
        log.error("changes_parked", entity=entity, count=len(of_it), key=first.key, why=first.why)


def _moves_prices(changes: Sequence[Change]) -> bool:
    return any(change.entity in _PRICING for change in changes)


def _overtaken(db: Connection, change: Change) -> str:
    """Return why a parked figure counts no longer: sales that it lacks are not kept any more."""
    oldest = journal.pruned_through(db)
    place = next(iter(stock_places([change]).values()), oldest)
    return "" if place >= oldest else "older than the events kept here; HQ's next figure counts"


def _parked_after(place: int) -> Callable[[Connection], list[ParkedChange]]:
    """Those of entities that are not known need no try, however many they are."""
    return lambda db: parked.parked_after(db, place, RETRY_ROWS, entities=_ENTITIES)


def _change(kept: ParkedChange | AheadChange) -> Change:
    return Change(entity=kept.entity, key=kept.key, body=msgspec.Raw(kept.body))
