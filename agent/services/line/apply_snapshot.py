"""Applies a snapshot of head office: pages of the newest state, to the tables that the feed fills.

What the store itself recorded, its journal and what counts on top of HQ's figures, stays.
"""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

import msgspec

from agent.base.logging import get_logger
from agent.services.line.apply_in_bulk import Sold, apply_in_bulk
from agent.store.line import seeding, sync_state, told
from agent.store.sqlite import Connection
from sync.errors import ContradictionError
from sync.protocol.messages import Change
from sync.protocol.snapshots import Snapshot

_log = get_logger(__name__)


def begin_seeding(db: Connection, snapshot: Snapshot | None) -> None:
    """Let `snapshot` be applied from its first page, and be in no other place of the feed
    meanwhile; None: give up the one that was begun."""
    if snapshot is None:
        seeding.end(db)
        return
    sync_state.forget_cursor(db, snapshot.hq_epoch)
    seeding.begin(db, msgspec.json.encode(snapshot), sweeps=told.is_any_held(db))
    if not snapshot.pages:
        _finish(db, snapshot, sweeps=False)


def apply_page(
    db: Connection, number: int, changes: Sequence[Change], sold: Sold
) -> Sequence[Change]:
    """Apply what can be applied at once of page `number`; return what is left, in its order.

    Raises ContradictionError if it is not the page that is next.
    """
    seed = seeding.get(db)
    if seed is None or seed.next_page != number:
        raise ContradictionError("snapshot_given_up", f"page {number} is not the next one")
    left: list[Change] = []
    for entity, alike in groupby(changes, attrgetter("entity")):
        left += apply_in_bulk(db, entity, list(alike), sold)
    return left


def finish_page(db: Connection, changes: Sequence[Change]) -> None:
    """Note that the page is applied; with the last one move the cursor behind the snapshot."""
    seed = seeding.get(db)
    if seed is None:
        return
    things = [(change.entity, change.key) for change in changes] if seed.sweeps else []
    seeding.advance(db, things)
    snapshot = msgspec.json.decode(seed.snapshot, type=Snapshot)
    if seed.next_page + 1 == len(snapshot.pages):
        _finish(db, snapshot, sweeps=seed.sweeps)


def _finish(db: Connection, snapshot: Snapshot, *, sweeps: bool) -> None:
    if sweeps and (gone := told.sweep(db)):
        _log.info("told_no_more", **gone)
    seeding.end(db)
    sync_state.move_cursor(
        db, snapshot.cursor, snapshot.hq_epoch, feed_at=None, place=snapshot.place
    )
