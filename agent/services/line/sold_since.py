"""Sold since: the pieces that left the shop after head office counted them.

The journal tells, and it may be long, so it is read step by step beside the tills; what comes
meanwhile is added within the transaction that sets the stock.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NamedTuple

import msgspec

from agent.store.database import Database
from agent.store.selling import sales
from agent.store.selling.sales import PiecesSold
from agent.store.sqlite import Connection
from sync.protocol.changes import StockChange
from sync.protocol.messages import Change, Entity

COUNT_STEP = 2_000
"""Events of the journal that are read at once."""


class SoldSince(NamedTuple):
    """What was counted for the stock that some changes tell."""

    places: dict[str, int]
    """By sku: the seq up to which HQ's figure contains our sales."""
    counted: PiecesSold | None
    """None: nothing is to be counted."""

    def now(self, db: Connection, changes: Iterable[Change]) -> dict[str, int]:
        """Return the pieces sold by sku, for `changes` as they stand in this transaction."""
        places = stock_places(changes)
        counted = self.counted if places == self.places else None
        return sales.pieces_sold(db, places, counted).by_sku


async def sold_since(database: Database, changes: Iterable[Change]) -> SoldSince:
    """Count for the stock that `changes` tell, while the tills go on.

    Raises DatabaseError.
    """
    places, counted = stock_places(changes), None
    while places:
        before = counted
        counted = await database.read_aside(_a_step_on(places, before))
        if before and before.through_seq == counted.through_seq:
            break
    return SoldSince(places, counted)


def _a_step_on(
    places: dict[str, int], counted: PiecesSold | None
) -> Callable[[Connection], PiecesSold]:
    return lambda db: sales.pieces_sold(db, places, counted, limit=COUNT_STEP)


def stock_places(changes: Iterable[Change]) -> dict[str, int]:
    """For each article whose stock is told: up to where the figure contains our sales."""
    places: dict[str, int] = {}
    for change in changes:
        if change.entity == Entity.STOCK:
            with suppress(msgspec.MsgspecError, UnicodeDecodeError):  # parked when it is applied
                told = msgspec.json.decode(change.body, type=StockChange)
                places[told.sku] = told.through_seq
    return places
