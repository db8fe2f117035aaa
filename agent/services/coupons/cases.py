"""Cases: coupons of this store that were used twice, as head office judged them, in words."""

from datetime import tzinfo

import msgspec
from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.coupons.case_words import Judged, Side, words_of
from agent.domain.outcome import Sentence
from agent.services.desk.store_desk import StoreDesk
from agent.store.coupons import cases
from agent.store.sqlite import Connection
from sync.protocol.changes import CaseChange, CaseState, CaseUse

MOST = 100
"""Cases that are told, the open ones first, then the newest."""


class CaseView(Struct, frozen=True, kw_only=True):
    """A coupon used twice."""

    case_id: str
    """Head office's id of the case."""
    coupon_id: str
    open: bool
    """Whether people have yet to deal with it."""
    winner: str
    """The store that had the right to the coupon."""
    loser: str
    """The store that bears the loss."""
    ground: str
    """By what it was judged: binding, claim, time or arrival."""
    loss_fen: int
    """The discount in question, in fen."""
    receipt: str
    """Of this store's own use; empty: not known here."""
    opened_at: Millis
    """When head office opened it, Unix milliseconds."""
    sentence: Sentence
    """All of it in words."""


class CaseList(Struct, frozen=True, kw_only=True):
    """The cases that concern this store."""

    cases: tuple[CaseView, ...]
    """The open ones first, then the newest."""


async def list_cases(desk: StoreDesk) -> CaseList:
    """Return the cases that concern this store."""
    zone = desk.time.zone
    views = await desk.database.read(lambda db: case_views(db, desk.store, zone))
    return CaseList(cases=tuple(views))


def case_views(db: Connection, store: str, zone: tzinfo) -> list[CaseView]:
    """Return the cases of the database's store, with times of `zone`."""
    told = [msgspec.json.decode(body, type=CaseChange) for body in cases.newest(db, MOST)]
    return [_view(db, one, store, zone) for one in told]


def _view(db: Connection, case: CaseChange, store: str, zone: tzinfo) -> CaseView:
    winner, loser = (_side(db, use, store) for use in (case.winner, case.loser))
    judged = Judged(
        store=store,
        winner=winner,
        loser=loser,
        ground=case.ground,
        loss_fen=case.loser.discount_fen,
        closed=case.state is CaseState.CLOSED,
        why=case.why,
    )
    return CaseView(
        case_id=case.case_id,
        coupon_id=case.coupon_id,
        open=case.state is CaseState.OPEN,
        winner=case.winner.store,
        loser=case.loser.store,
        ground=case.ground,
        loss_fen=case.loser.discount_fen,
        receipt=winner.receipt or loser.receipt,
        opened_at=Millis(case.opened_at),
        sentence=words_of(judged, zone),
    )


def _side(db: Connection, use: CaseUse, store: str) -> Side:
    own = use.store == store
    return Side(
        store=use.store,
        occurred_at=Millis(use.occurred_at),
        receipt=cases.receipt_of(db, use.redemption_id) if own else "",
    )
