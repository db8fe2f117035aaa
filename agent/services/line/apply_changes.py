"""Apply changes: HQ's change feed into the store's tables, each page with its cursor."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import msgspec

from agent.base.clock import Millis
from agent.base.logging import get_logger
from agent.domain.coupons.campaign import Campaign
from agent.domain.coupons.opaque import OpaqueCoupons
from agent.domain.trust.document import DocumentError, DocumentKind
from agent.services.desk.store_desk import StoreDesk
from agent.store import members, refunds, stock, trust
from agent.store.coupons import campaigns, cases, coupon_states, handouts, opaque_codes
from agent.store.errors import StoreError
from agent.store.line import parked, sync_state
from agent.store.selling import articles, sales
from agent.store.sqlite import Connection, DatabaseError
from sync.errors import StoreUnavailableError
from sync.feed import FeedPosition
from sync.protocol.changes import (
    ArticleChange,
    CaseChange,
    CouponChange,
    CouponState,
    DocumentChange,
    HandoutChange,
    MemberChange,
    StockChange,
)
from sync.protocol.messages import Change, ChangesPage, Entity

T = TypeVar("T")

log = get_logger(__name__)


class ChangeApplier:
    """Implements sync.feed.ChangeSink on the store's tables."""

    def __init__(self, desk: StoreDesk) -> None:
        self._desk = desk
        self._appliers: dict[Entity, Callable[[Connection, bytes], None]] = {
            Entity.CAMPAIGN: _campaign,
            Entity.ARTICLE: _article,
            Entity.MEMBER: _member,
            Entity.COUPON: _coupon,
            Entity.HANDOUT: _handout,
            Entity.OPAQUE_CODE: _opaque_code,
            Entity.CASE: _case,
            Entity.KEY_SET: lambda db, body: self._document(db, DocumentKind.KEY_SET, body),
            Entity.POLICY: lambda db, body: self._document(db, DocumentKind.POLICY, body),
        }

    async def position(self) -> FeedPosition:
        """Return how far the feed is applied."""
        state = await self._read(sync_state.get)
        return FeedPosition(state.cursor, state.hq_epoch)

    async def apply(self, page: ChangesPage) -> None:
        """Apply the page and move the cursor, in one transaction."""
        at = Millis(page.server_time)
        after = _stock_places(page)
        # Counted beside the writer, on which the tills wait; it only adds what came meanwhile.
        counted = await self._read(lambda db: sales.pieces_sold(db, after, None))

        def work(db: Connection) -> None:
            sold = sales.pieces_sold(db, after, counted).by_sku
            for change in page.changes:
                self._apply_or_park(db, change, at, sold)
            sync_state.move_cursor(
                db, page.cursor, page.hq_epoch, feed_at=None if page.more else at
            )

        self._desk.time.heard(at)
        await self._write(work)
        if any(change.entity in (Entity.KEY_SET, Entity.POLICY) for change in page.changes):
            await self._desk.database.read(self._desk.trust.load)

    async def forget_cursor(self, hq_epoch: str) -> None:
        """Begin the feed anew."""
        await self._write(lambda db: sync_state.move_cursor(db, "", hq_epoch, feed_at=None))

    def _apply_or_park(
        self, db: Connection, change: Change, at: Millis, sold: dict[str, int]
    ) -> None:
        body = bytes(change.body)
        try:
            if change.entity == Entity.STOCK:
                _stock(db, body, sold)
            else:
                self._appliers[Entity(change.entity)](db, body)
        except (msgspec.MsgspecError, DocumentError, ValueError, OverflowError) as error:
            log.error("change_parked", entity=change.entity, key=change.key, why=str(error))
            parked.park_change(db, change.entity, change.key, body, str(error), at)

    def _document(self, db: Connection, kind: DocumentKind, body: bytes) -> None:
        data = bytes.fromhex(msgspec.json.decode(body, type=DocumentChange).document)
        trust.put_document(db, kind, self._desk.trust.check(kind, data), data)

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


def _campaign(db: Connection, body: bytes) -> None:
    campaigns.put_campaign(db, msgspec.json.decode(body, type=Campaign))


def _article(db: Connection, body: bytes) -> None:
    told = msgspec.json.decode(body, type=ArticleChange)
    articles.put_article(
        db,
        articles.Article(
            sku=told.sku,
            gtin=told.gtin.zfill(14) if told.gtin else "",
            name=told.name,
            price_fen=told.price_fen,
        ),
    )


def _stock_places(page: ChangesPage) -> dict[str, int]:
    """For each article whose stock the page tells: up to where the figure contains our sales."""
    places: dict[str, int] = {}
    for change in page.changes:
        if change.entity == Entity.STOCK:
            with suppress(msgspec.MsgspecError, UnicodeDecodeError):  # parked when it is applied
                told = msgspec.json.decode(change.body, type=StockChange)
                places[told.sku] = told.through_seq
    return places


def _stock(db: Connection, body: bytes, sold: dict[str, int]) -> None:
    told = msgspec.json.decode(body, type=StockChange)
    stock.put_stock(db, told.sku, told.quantity - sold[told.sku])


def _member(db: Connection, body: bytes) -> None:
    told = msgspec.json.decode(body, type=MemberChange)
    earned = sales.points_earned_after(db, told.member_id, told.through_seq)
    taken = refunds.points_taken_after(db, told.member_id, told.through_seq)
    members.put_member(
        db,
        members.Member(
            member_id=told.member_id,
            tier=told.tier,
            points=told.points + earned - taken,
            phone_masked=told.phone_masked,
        ),
    )


def _coupon(db: Connection, body: bytes) -> None:
    told = msgspec.json.decode(body, type=CouponChange)
    if told.state is CouponState.FREE:
        coupon_states.free_coupon(db, told.coupon_id)
        return
    coupon_states.put_coupon_state(
        db,
        coupon_states.CouponRow(
            coupon_id=told.coupon_id,
            state=told.state,
            redemption_id=told.redemption_id,
            store=told.store,
            till=told.till,
            receipt=told.receipt,
            occurred_at=Millis(told.occurred_at),
        ),
    )


def _handout(db: Connection, body: bytes) -> None:
    told = msgspec.json.decode(body, type=HandoutChange)
    handouts.put(
        db,
        handouts.Handout(
            coupon_id=told.coupon_id,
            campaign=told.campaign,
            token=told.token,
            from_fen=told.from_fen,
            expires=Millis(told.expires),
        ),
    )


def _opaque_code(db: Connection, body: bytes) -> None:
    opaque_codes.put(db, msgspec.json.decode(body, type=OpaqueCoupons))


def _case(db: Connection, body: bytes) -> None:
    told = msgspec.json.decode(body, type=CaseChange)
    cases.put_case(db, told.case_id, told.state, body)
