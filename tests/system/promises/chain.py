"""The chain under test: head office, stores behind lines, and everything that can befall them."""

import asyncio
import gzip
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

from agent.base.clock import DAY_MS, MINUTE_MS, SECOND_MS
from agent.domain.coupons.events import Redemption
from sync.hq.intake.past import PAST_DAYS
from sync.transport.request import Payload
from sync.uploader import UploadState
from tests.lab.line import Line
from tests.services.stopped_clock import StoppedClock
from tests.system.promises.books import (
    ChainBook,
    Fact,
    PromiseBrokenError,
    StoreBook,
    keep,
)
from tests.system.promises.head_office import Coupon, HeadOffice
from tests.system.promises.store import Store
from tests.system.promises.till import Request, Tills

TRIES = 8
"""Whatever befell a store, with its line mended so many tries bring everything across."""
POLLS = 1_000
"""By then, nothing that other transactions do holds back the feed."""
SURELY_TOLD_MS = (PAST_DAYS - 1) * DAY_MS
TAKEN, NOT_NOW = 200, 409
"""What HQ may answer to a batch that somebody sends again."""


class Site(NamedTuple):
    """Where chains are built, one after the other."""

    dsn: str
    """A PostgreSQL database."""
    directory: Path


class Copy(NamedTuple):
    """A copy of a store's disk, and of what is known of it."""

    files: Path
    book: StoreBook


class Sent(NamedTuple):
    """A batch that a store sent."""

    store: str
    batch: Payload


class Chain:
    """Acts on the real parts, and enters in the books what must follow from it."""

    def __init__(self, hq: HeadOffice, clock: StoppedClock) -> None:
        self.hq = hq
        self.stores: dict[str, Store] = {}
        self.book = ChainBook()
        self.clock = clock
        self.copies: dict[str, list[Copy]] = {}
        """Of each store's disk: one of each restart, and one from before each upload."""
        self._tills = Tills(self.book, clock)
        self._set_back: set[str] = set()
        """Stores whose disk was set back since HQ's people last let them in."""
        self._let_in: set[str] = set()
        """Stores whose next hello takes the identity, as HQ's people said."""
        self._unsent_since: dict[str, int] = {}
        """Length of the journal of each store whose disk was set back, at that time."""
        self._greeted: set[str] = set()
        """Stores that HQ has heard of everything that it holds beside their journal."""

    @property
    def sent(self) -> list[Sent]:
        """Every batch that a store ever sent."""
        return [Sent(code, batch) for code, store in self.stores.items() for batch in store.sent]

    async def add(self, store: Store) -> None:
        """Take in a store: HQ hears of it, and it of what HQ has for it."""
        self.stores[store.code] = store
        self.book.stores[store.code] = StoreBook()
        self.copies[store.code] = []
        await self.upload(store.code)
        await self.poll(store.code)
        self.copies[store.code].clear()  # a store that has heard of nothing yet sells nothing
        await self.restart(store.code)

    async def ask(self, request: Request) -> Fact | None:
        """Let a till ask, a second after the last; return the event that it made, if any."""
        self.clock.advance(SECOND_MS)
        return await self._tills.ask(self.stores[request.store], request)

    async def upload(self, code: str) -> UploadState:
        """Let the store bring what it has to HQ, until it would rest."""
        store = self.stores[code]
        self.keep_copy(code)
        before = await self.hq.accepted_seq(code)
        ids = {fact.event_id for fact in self.book.stores[code].journal}
        has_news = bool(ids - await self.hq.event_ids(code))
        state = (await store.upload()).state
        if not has_news and code not in self._let_in:
            moved_back = await self.hq.accepted_seq(code) < before
            keep(2, f"a hello alone moved back what HQ holds of {code}", False, moved_back)
        usual = {UploadState.IDLE, UploadState.BACKING_OFF}
        usual |= {UploadState.FENCED} if code in self._set_back else set()
        keep(2, f"the upload of {code}: {state}", True, state in usual)
        if state is UploadState.IDLE:
            self._let_in.discard(code)
            self._greeted.add(code)
            acked = (await store.sync_state()).acked.seq
            keep(2, f"acknowledged of {code}", len(self.book.stores[code].journal), acked)
        return state

    def is_at_rest(self, code: str) -> bool:
        """Whether a store has recorded nothing since its disk was set back: HQ holds more of it."""
        return self._unsent_since.get(code) == len(self.book.stores[code].journal)

    async def poll(self, code: str) -> bool:
        """Let the store take in the feed; tell whether it has all of it."""
        complete = await self._poll_to_the_end(code)
        await self._hear_past(code, whole=complete and code in self._greeted)
        if complete:
            book = self.book.stores[code]
            book.told_revoked |= self.book.revoked
            if code in self._greeted:
                book.told_used = {**book.told_used, **self._used_beside(code)}
        return complete

    async def _hear_past(self, code: str, *, whole: bool) -> None:
        """Enter what the store was told of its past: nothing but what HQ holds, and all of it."""
        book = self.book.stores[code]
        own = {fact.event_id for fact in book.journal}
        strays = self.book.strays.get(code, {}).values()
        held = {(fact.envelope.kind, bytes(fact.envelope.body)): fact for fact in strays}
        told = await self.stores[code].past()
        keep(2, f"the past of {code} that HQ made up", set(), {*told} - {*held})
        book.past = tuple(held[row] for row in told if held[row].event_id not in own)
        known = own | {fact.event_id for fact in book.past}
        late = self.clock.wall() - SURELY_TOLD_MS
        untold = [
            fact
            for fact in strays
            if fact.event_id not in known and fact.envelope.occurred_at > late
        ]
        if whole:
            keep(2, f"the past of {code} that it was not told", [], untold)

    async def repeat_batch(self, sent: Sent, servers: Sequence[int]) -> None:
        """Bring a batch to HQ again, or for the first time; to several servers at once."""
        key = self.stores[sent.store].key
        posts = (self.hq.post_batch(sent.batch, key, server=server) for server in servers)
        statuses = await asyncio.gather(*posts)
        keep(2, f"answers to a repeated batch: {statuses}", set(), {*statuses} - {TAKEN, NOT_NOW})
        if TAKEN in statuses:
            self._stray(sent.store, self._held_with(sent.store, _facts_of(sent.batch)))

    async def restart(self, code: str) -> None:
        """Stop a store's agent, keep a copy of its disk, and start it again."""
        store = self.stores[code]
        self._enter_copy(code, await store.restart())
        await self._tills.check_journal(store)

    async def kill(self, code: str) -> None:
        """Kill a store's agent and start it again."""
        store = self.stores[code]
        await store.kill()
        await self._tills.check_journal(store)

    def keep_copy(self, code: str) -> Copy:
        """Keep a copy of a store's disk while it is open."""
        return self._enter_copy(code, self.stores[code].copy_disk())

    async def restore_disk(self, code: str, copy: Copy) -> None:
        """Set a store's disk back; what HQ has not heard by now is lost."""
        at_hq = await self.hq.event_ids(code)
        journal = self.book.stores[code].journal
        self._stray(code, [fact for fact in journal if fact.event_id in at_hq])
        self.book.stores[code] = copy.book.copy()
        self._set_back.add(code)
        self._unsent_since[code] = len(copy.book.journal)
        self._greeted.discard(code)
        await self.stores[code].restore_disk(copy.files)
        await self._tills.check_journal(self.stores[code])

    async def revoke(self, coupon: Coupon) -> None:
        """Let HQ revoke a coupon."""
        await self.hq.revoke(coupon)
        self.book.revoked.add(coupon.coupon_id)

    async def deliver(self, code: str, sku: str, pieces: int) -> None:
        """Let HQ deliver to a store."""
        await self.hq.deliver(code, sku, pieces)
        self.book.pieces[code, sku] += pieces

    async def drain(self) -> None:
        """Mend everything, and let everything come to rest at HQ and in the stores."""
        for store in self.stores.values():
            await store.line.mend()
        for code in self.stores:
            await self._until(f"{code} is drained", partial(self._drained, code))
        while await self.hq.settle(limit=500):
            pass
        for code in self.stores:
            await self._until(f"{code} is told", partial(self.poll, code))
        self._everything_is_told()

    async def _poll_to_the_end(self, code: str) -> bool:
        """A change is shown when every older transaction of the cluster has ended, which may be a
        moment later than it was made."""
        store = self.stores[code]
        for _ in range(POLLS):
            if not await store.poll():
                return False
            if not await self.hq.has_more(code, (await store.sync_state()).cursor):
                return True
        raise PromiseBrokenError(f"the feed of {code} does not come to its end")

    async def _drained(self, code: str) -> bool:
        state = await self.upload(code)
        if state is UploadState.FENCED:
            await self.hq.release(code)
            self._set_back.discard(code)
            self._let_in.add(code)
        return state is UploadState.IDLE

    async def _until(self, what: str, succeeded: Callable[[], Awaitable[bool]]) -> None:
        for _ in range(TRIES):
            if await succeeded():
                return
            self.clock.advance(MINUTE_MS)
        keep(2, what, True, False)

    def _enter_copy(self, code: str, files: Path) -> Copy:
        copy = Copy(files, self.book.stores[code].copy())
        self.copies[code].append(copy)
        return copy

    def _stray(self, code: str, facts: Sequence[Fact]) -> None:
        self.book.stray(code, facts)
        self._greeted.discard(code)

    def _held_with(self, code: str, taken: Sequence[Fact]) -> list[Fact]:
        """The events of a batch that HQ took, after those before them in the journal."""
        ids = {fact.event_id for fact in taken}
        journal = self.book.stores[code].journal
        through = max((i for i, fact in enumerate(journal, 1) if fact.event_id in ids), default=0)
        return [*journal[:through], *taken]

    def _used_beside(self, code: str) -> dict[str, Redemption]:
        """Redemptions that HQ holds of this store, and that the store's journal does not."""
        own = {use.redemption_id for use in self.book.stores[code].in_use().values()}
        return {
            use.redemption.redemption_id: use.redemption
            for uses in self.book.uses().values()
            for use in uses
            if use.store == code and use.redemption.redemption_id not in own
        }

    def _everything_is_told(self) -> None:
        chain_wide = {
            use.redemption.redemption_id: use.redemption
            for uses in self.book.uses().values()
            for use in uses
            if not use.redemption.bound
        }
        for code, book in self.book.stores.items():
            book.told_used = chain_wide | self._used_beside(code)


def _facts_of(batch: Payload) -> list[Fact]:
    data = gzip.decompress(batch.data) if batch.encoding else batch.data
    _head, *lines = data.splitlines()
    return [Fact.read(line) for line in lines]


async def open_chain(
    stack: AsyncExitStack, codes: Sequence[str], site: Site, clock: StoppedClock
) -> Chain:
    """Open head office and its stores, with files of their own, until the end of `stack`."""
    directory = Path(tempfile.mkdtemp(dir=site.directory))
    hq = HeadOffice(site.dsn, directory / "keys", clock)
    stack.push_async_callback(hq.close)
    keys = await hq.open(codes)
    chain = Chain(hq, clock)
    for code in codes:
        line = Line(*hq.address)
        await line.start()
        stack.push_async_callback(line.stop)
        store = Store(code, directory / code, line=line, enrolment=keys[code], clock=clock)
        await store.open()
        stack.push_async_callback(store.close)
        await chain.add(store)
    return chain
