"""Brings a snapshot to a store that has no place in the feed: page after page, each once.

A line that breaks off costs the page that was on its way. A page that is not what the snapshot says
is refused, and asked for again.
"""

import asyncio
from collections.abc import Sequence

from agent.base.logging import get_logger
from sync.client import HqClient
from sync.errors import ContradictionError, HelloNeededError, HqError
from sync.feed import ChangeSink, FeedPosition, Seeding
from sync.protocol.identity import Identity
from sync.protocol.messages import Change, ChangesPage
from sync.protocol.snapshots import PageDiffersError, Snapshot, unpack
from sync.waiting import cancel, unbroken

NO_SNAPSHOTS = "not_found"
"""What an HQ of before answers, whose feed is read from its start."""

_log = get_logger(__name__)


def check_place(told: ChangesPage | Snapshot, position: FeedPosition) -> None:
    """Raise ContradictionError if HQ's feed is less far than it was at `position`."""
    if told.hq_epoch == position.hq_epoch and 0 < told.place < position.place:
        detail = (
            f"HQ's feed stands at {told.place}, and was at {position.place}: its database was set "
            "back; nothing is taken from it until `store-hq restored` was run there"
        )
        raise ContradictionError("feed_went_back", detail)


class Seeder:
    """Applies HQ's snapshot, from where it was left off."""

    def __init__(self, *, sink: ChangeSink, client: HqClient) -> None:
        self._sink = sink
        self._client = client

    async def seed(self, identity: Identity, position: FeedPosition) -> int:
        """Apply what is left of a snapshot, or a new one; return the number of changes applied.

        Raises HqError, ContradictionError before anything is touched if HQ's feed is older than
        `position`. HelloNeededError: the snapshot is no longer there, and the next call begins with
        a new one. An HQ without snapshots leaves the store before the feed's start.
        """
        seeding = await self._sink.seeding() or await self._begin(identity, position)
        if seeding is None:
            return 0
        try:
            return await self._go_on(seeding, identity)
        except HelloNeededError:
            await unbroken(self._sink.begin_seeding(None))
            raise

    async def _begin(self, identity: Identity, position: FeedPosition) -> Seeding | None:
        try:
            snapshot = await self._client.snapshot(identity)
        except HqError as error:
            if error.code != NO_SNAPSHOTS:
                raise
            await unbroken(self._sink.forget_cursor(""))
            return None
        check_place(snapshot, position)
        await unbroken(self._sink.begin_seeding(snapshot))
        changes = sum(page.changes for page in snapshot.pages)
        _log.info("snapshot_begun", pages=len(snapshot.pages), changes=changes)
        return Seeding(snapshot, 0)

    async def _go_on(self, seeding: Seeding, identity: Identity) -> int:
        """Apply page after page, the next one on its way meanwhile."""
        applied, pages = 0, seeding.snapshot.pages
        numbers = range(seeding.next_page, len(pages))
        coming: list[asyncio.Task[Sequence[Change]]] = []

        def ask_for(number: int) -> None:
            coming.append(asyncio.create_task(self._page(seeding, number, identity)))

        try:
            for number in numbers:
                if not coming:
                    ask_for(number)
                changes = await coming[0]
                coming.clear()
                if number + 1 < len(pages):
                    ask_for(number + 1)
                await unbroken(self._sink.apply_seed(number, changes))
                applied += len(changes)
        finally:
            await cancel(*coming)
        _log.info("snapshot_applied", changes=applied)
        return applied

    async def _page(self, seeding: Seeding, number: int, identity: Identity) -> Sequence[Change]:
        page = seeding.snapshot.pages[number]
        data = await self._client.snapshot_page(page.sha256, identity)
        try:
            return await asyncio.to_thread(unpack, data, page)
        except PageDiffersError as error:
            raise ContradictionError("snapshot_page_differs", f"page {number}: {error}") from None
