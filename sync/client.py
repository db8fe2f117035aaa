"""Head office as a store calls it: one method for each thing that can be asked."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import msgspec

from agent.base.clock import Clock
from sync.protocol.backups import BackupOffer, BackupStanding
from sync.protocol.claims import ClaimAnswer, ClaimOrder
from sync.protocol.compare import CompareAnswer, CompareOrder
from sync.protocol.compare_tables import FeedComparison, FeedOrder
from sync.protocol.enrolment import EnrolmentAnswer, EnrolmentOrder
from sync.protocol.identity import NOBODY, Identity
from sync.protocol.keys import KeyAnswer, KeyOrder
from sync.protocol.limits import MAX_ANSWER_BYTES, MAX_PAGE_BYTES
from sync.protocol.messages import ChangesPage, EventsAnswer, Hello, HelloAnswer, Introduction
from sync.protocol.snapshots import SNAPSHOT_TYPE, Snapshot
from sync.store_key import Credentials
from sync.transport.calls import Calls
from sync.transport.link import LinkState
from sync.transport.reply import Bytes
from sync.transport.request import Payload, Request, Timeouts, payload
from sync.transport.ways import Ways, ways_of


class HqClient:
    """Head office, as a store calls it. Every method raises HqError.

    The addresses are tried in order, over each interface in its turn; `ways` knows which one
    works. Safe to call from several tasks.
    """

    def __init__(
        self,
        *,
        urls: Sequence[str],
        interfaces: Sequence[str] = (),
        credentials: Credentials,
        timeouts: Timeouts,
        user_agent: str,
        link: LinkState,
        clock: Clock,
        ca_file: str = "",
    ) -> None:
        """`interfaces`: of this PC, in order; none: as the system's routes have it. `ca_file`:
        roots of HTTPS to believe beside the system's."""
        self.link = link
        self.ways = Ways(ways_of(urls, interfaces), return_ms=timeouts.return_ms, clock=clock)
        self._credentials = credentials
        self._calls = Calls(
            self.ways,
            credentials=credentials,
            timeouts=timeouts,
            user_agent=user_agent,
            link=link,
            clock=clock,
            ca_file=ca_file,
        )
        self._epoch = 0

    @property
    def configured(self) -> bool:
        """Whether there is any address to call."""
        return bool(self.ways.all)

    async def start(self, *, probing: bool = False) -> None:
        """Make ready; connects to nobody, unless by and by with `probing`, which finds out which of
        several ways work. OSError if the file of roots can't be used."""
        await self._calls.start(probing=probing)

    async def stop(self) -> None:
        """Close all connections; does nothing the second time."""
        await self._calls.stop()

    async def next_answer(self) -> None:
        """Return when HQ answers a call that ends after this one was made."""
        await self._calls.next_answer()

    async def enrol(self, order: EnrolmentOrder) -> EnrolmentAnswer:
        """`POST enrolments`: ask to be a store's machine, or only what one would be."""
        request = Request("POST", "enrolments", Payload(msgspec.json.encode(order)))
        request = request._replace(identity=self._own())
        return await self._calls.call(request, _enrolment_answer, MAX_ANSWER_BYTES)

    async def introduction(self) -> Introduction:
        """`GET store`: ask whose key this is and who HQ is; nothing is noted of it."""
        return await self._calls.call(
            Request("GET", "store", identity=self._own()), _introduction, MAX_ANSWER_BYTES
        )

    async def announce_key(self, order: KeyOrder) -> KeyAnswer:
        """`POST keys`: say by which key this machine's requests will be signed."""
        body = Payload(msgspec.json.encode(order))
        request = Request("POST", "keys", body, identity=self._own())
        return await self._calls.call(request, _key_answer, MAX_ANSWER_BYTES)

    async def hello(self, hello: Hello) -> HelloAnswer:
        """`POST hello`: say where this store stands."""
        body = await payload(msgspec.json.encode(hello))
        identity = Identity(hello.install_id, hello.epoch)
        request = Request("POST", "hello", body, identity=identity)
        answer = await self._calls.call(request, _hello_answer, MAX_ANSWER_BYTES)
        self._epoch = answer.epoch
        return answer

    async def send(self, batch: Payload) -> EventsAnswer:
        """`POST events`: send a batch; returns after HQ's durable commit."""
        request = Request("POST", "events", batch, "application/x-ndjson", identity=self._own())
        return await self._calls.call(request, _events_answer, MAX_ANSWER_BYTES)

    async def changes(self, cursor: str, identity: Identity = NOBODY) -> ChangesPage:
        """`GET changes`: the page that follows `cursor`; empty: from the beginning."""
        own = identity if identity.install_id else self._own()
        request = Request("GET", "changes", query={"cursor": cursor}, identity=own)
        return await self._calls.call(request, _changes_page, MAX_PAGE_BYTES)

    async def snapshot(self, identity: Identity) -> Snapshot:
        """`GET snapshot`: what the newest state of everything is made of."""
        request = Request("GET", "snapshot", identity=identity)
        return await self._calls.call(request, _snapshot, MAX_ANSWER_BYTES)

    async def snapshot_page(self, sha256: str, identity: Identity) -> bytes:
        """`GET snapshot/{sha256}`: the bytes of a page, as they came."""
        request = Request("GET", f"snapshot/{sha256}", identity=identity, answers=SNAPSHOT_TYPE)
        return await self._calls.call(request, Bytes(), MAX_PAGE_BYTES)

    async def wake(self, identity: Identity) -> AsyncGenerator[bool, None]:
        """`GET wake`: yield for as long as HQ holds the stream; True: there is something to read.

        Only its heartbeats count as contacts: whether the line works, other calls find out.
        """
        request = Request("GET", "wake", identity=identity, answers=_EVENT_STREAM)
        async with aclosing(self._calls.stream(request)) as stream:
            async for woken in stream:
                yield woken

    async def offer_backup(self, offer: BackupOffer) -> BackupStanding:
        """`POST backups`: say which backup is to come, and hear how far HQ has it."""
        body, self._epoch = Payload(msgspec.json.encode(offer)), offer.epoch
        request = Request("POST", "backups", body, identity=self._own(offer.install_id))
        return await self._calls.call(request, _backup_standing, MAX_ANSWER_BYTES)

    async def send_backup_part(self, sha256: str, offset: int, part: bytes) -> BackupStanding:
        """`PUT backups`: the part at `offset`; returns when it is on HQ's disk."""
        request = Request(
            "PUT",
            f"backups/{sha256}",
            Payload(part),
            "application/octet-stream",
            query={"offset": str(offset)},
            identity=self._own(),
        )
        return await self._calls.call(request, _backup_standing, MAX_ANSWER_BYTES)

    async def claim(self, order: ClaimOrder, identity: Identity, *, within_ms: int) -> ClaimAnswer:
        """`POST claims`: ask for coupons, or give them back; HQ has `within_ms` for its answer."""
        body = await payload(msgspec.json.encode(order))
        request = Request("POST", "claims", body, identity=identity)
        return await self._calls.call_urgently(
            request, _claim_answer, MAX_ANSWER_BYTES, within_ms=within_ms
        )

    async def compare(self, order: CompareOrder, identity: Identity) -> CompareAnswer:
        """`POST compare`: say what this store holds of the journal, and hear what HQ does."""
        body = await payload(msgspec.json.encode(order))
        request = Request("POST", "compare", body, identity=identity)
        return await self._calls.call(request, _compare_answer, MAX_ANSWER_BYTES)

    async def compare_feed(self, order: FeedOrder, identity: Identity) -> FeedComparison:
        """`POST compare/feed`: say what this store holds of the feed, and hear what HQ tells."""
        body = await payload(msgspec.json.encode(order))
        request = Request("POST", "compare/feed", body, identity=identity)
        return await self._calls.call(request, _feed_comparison, MAX_ANSWER_BYTES)

    def _own(self, install_id: str = "") -> Identity:
        return Identity(install_id or self._credentials.install_id, self._epoch)


_EVENT_STREAM = "text/event-stream"

_backup_standing = msgspec.json.Decoder(BackupStanding)
_enrolment_answer = msgspec.json.Decoder(EnrolmentAnswer)
_introduction = msgspec.json.Decoder(Introduction)
_hello_answer = msgspec.json.Decoder(HelloAnswer)
_key_answer = msgspec.json.Decoder(KeyAnswer)
_events_answer = msgspec.json.Decoder(EventsAnswer)
_claim_answer = msgspec.json.Decoder(ClaimAnswer)
_compare_answer = msgspec.json.Decoder(CompareAnswer)
_feed_comparison = msgspec.json.Decoder(FeedComparison)
_changes_page = msgspec.json.Decoder(ChangesPage)
_snapshot = msgspec.json.Decoder(Snapshot)
