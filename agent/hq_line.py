"""The line to head office: the client, what goes up and what comes down, and how it stands."""

import asyncio
from contextlib import AsyncExitStack, suppress

from agent.base.clock import SECOND_MS, Clock
from agent.base.logging import get_logger
from agent.enrolled import Enrolled, enrolled
from agent.hq_claims import HqClaims
from agent.services.desk.store_desk import StoreDesk
from agent.services.house.comparing import Comparing
from agent.services.house.fleet import Fleet
from agent.services.house.status import FeedFailure, LineStatus, WayReport
from agent.services.line.apply_changes import ChangeApplier
from agent.services.line.outbox import JournalOutbox
from agent.settings import Settings
from agent.store.errors import StoreError
from agent.store.sqlite import DatabaseError
from sync.client import HqClient
from sync.downloader import Downloader
from sync.following import FeedFollower
from sync.store_key import NoKey
from sync.transport.link import LinkState
from sync.transport.request import Timeouts
from sync.transport.tls import tls_context
from sync.transport.ways import WayStatus
from sync.uploader import Uploader

GREETING_WAIT_S = 2.0
"""A line that works takes a tenth of that."""

NOT_ENROLLED = (
    "this machine is not enrolled at head office: get a code there (`store-hq stores enrol`), then "
    "here, as root: store-agent enroll CODE"
)

log = get_logger(__name__)


class HqLine:
    """Both ways between a desk and head office, over one link."""

    def __init__(
        self,
        settings: Settings,
        desk: StoreDesk,
        *,
        fleet: Fleet,
        link: LinkState,
        clock: Clock,
        version: str,
    ) -> None:
        hq, enrolment = settings.hq, enrolled(settings)
        self._desk = desk
        self._keyless = NOT_ENROLLED if hq.urls and enrolment is None else ""
        own = Enrolled(settings, enrolment, clock=clock) if enrolment else None
        self._own = own
        self._stack = AsyncExitStack()
        self._client = HqClient(
            urls=hq.urls,
            interfaces=hq.interfaces,
            credentials=own.key if own else NoKey(),
            timeouts=Timeouts(
                connect_ms=hq.connect_timeout_ms,
                total_ms=hq.request_timeout_ms,
                return_ms=hq.return_seconds * SECOND_MS,
            ),
            user_agent=f"store-agent/{version}",
            link=link,
            clock=clock,
            ca_file=usable_roots(hq.ca_file),
        )
        self.comparing = Comparing(desk, self._client, catch_up=lambda: self.downloader.poll_anew())
        self._outbox = JournalOutbox(
            desk, running=fleet.running, on_compare_wanted=self.comparing.whole
        )
        self.uploader = Uploader(
            outbox=self._outbox,
            client=self._client,
            clock=clock,
            app_version=version,
            batch_events=hq.batch_events,
        )
        self.renewal = own.renewal(desk.database, self._client) if own else None
        """Of the key of this machine's requests; None: it has none."""
        self.changes = ChangeApplier(
            desk,
            on_news=self.uploader.greet_again,
            on_documents=self._keep_documents,
            on_other_revocations=self.comparing.revocations,
        )
        self.claims = HqClaims(
            desk.database,
            self._client,
            clock=clock,
            identify=self.changes.identity,
            budget_ms=hq.claim_budget_ms,
            give_back_ms=hq.request_timeout_ms,
        )
        self.downloader = Downloader(
            sink=self.changes,
            client=self._client,
            clock=clock,
            identify=self.changes.identity,
            on_fenced=self.uploader.greet_again,
        )
        self.follower = FeedFollower(
            downloader=self.downloader,
            client=self._client,
            clock=clock,
            identify=self.changes.identity,
        )

    async def open(self) -> None:
        """Be ready to ask head office, and apply what an older version could not; nothing is sent
        yet."""
        self._keep_documents()
        self._stack.push_async_callback(self.changes.keep_contact)
        await self._client.start(probing=True)
        for part in (
            self._client,
            self.claims,
            self.comparing,
            self.downloader,
            self.uploader,
        ):
            self._stack.push_async_callback(part.stop)
        try:
            await self.changes.try_again()
        except (StoreError, DatabaseError) as error:  # no reason not to serve the tills
            log.error("parked_changes_not_tried_again", why=str(error))

    async def be_greeted(self) -> None:
        """Begin to send; return when HQ has greeted this installation, or after GREETING_WAIT_S.

        A new PC then numbers its first receipt as HQ says, without keeping a till waiting.
        """
        await self.uploader.start()
        if self._client.configured:
            with suppress(TimeoutError):
                async with asyncio.timeout(GREETING_WAIT_S):
                    await self._outbox.wait_greeted()

    async def stop(self) -> None:
        """Send and ask no more."""
        await self._stack.aclose()

    def _keep_documents(self) -> None:
        if self._own is not None:
            self._own.keep(self._desk.trust.documents)

    def status(self) -> LineStatus:
        """Return how the line stands."""
        link, upload = self._client.link.status, self.uploader.status
        return LineStatus(
            online=link.online,
            since=link.since,
            upload=upload.state,
            last_error="key_missing" if self._keyless else upload.last_error,
            detail=self._keyless or upload.detail,
            attempt=upload.attempt,
            next_try_in_ms=upload.next_try_in_ms,
            ways=tuple(map(_report, self._client.ways.status())),
        )

    def feed_failure(self) -> FeedFailure:
        """Return how the change feed's last poll ended."""
        polled = self.downloader.status
        return FeedFailure(last_error=polled.last_error, detail=polled.detail)


def _report(status: WayStatus) -> WayReport:
    return WayReport(
        url=status.way.url,
        interface=status.way.interface,
        state=status.state,
        last_error=status.last_error,
        detail=status.detail,
    )


def usable_roots(ca_file: str) -> str:
    """Return the file of roots; empty, and logged, if it can't be used: the tills open all the
    same."""
    try:
        if ca_file:
            tls_context(ca_file)
    except OSError as error:
        log.error("ca_file_unusable", file=ca_file, why=str(error), remedy="[hq] ca_file")
        return ""
    return ca_file
