"""The status as news: told when something in it changed, while anybody listens."""

from contextlib import suppress

import msgspec
from msgspec import Struct

from agent.base.clock import Millis
from agent.services.desk.news import Item, News, Topic
from agent.services.house.status import StatusReport, StatusSource
from agent.store.sqlite import DatabaseError

EVERY_S = 1.0
"""At most so often the status is told."""


class Synced(Struct, frozen=True, kw_only=True):
    """总部已确认: head office holds the journal up to here."""

    acked_seq: int


class StatusWatch:
    """Compares the status with the last one; looks only while somebody listens."""

    def __init__(self, source: StatusSource, news: News) -> None:
        self._source = source
        self._news = news
        self._told: StatusReport | None = None

    async def look(self) -> None:
        """Tell what changed, once somebody listens."""
        if not self._news.is_heard(Topic.STATUS):
            self._told = None
            await self._news.until_heard(Topic.STATUS)
        with suppress(DatabaseError):  # it can't be read just now: the next look tells
            self._tell(await self._source.report())

    def _tell(self, report: StatusReport) -> None:
        """Tell what changed; the first report of all, for a listener may have seen an older one."""
        steady, last = _steady(report), self._told
        if last is None or last.acked_seq != steady.acked_seq:
            facts = Synced(acked_seq=report.acked_seq)
            self._news.publish(Item(topic=Topic.SYNCED, facts=facts))
        if steady != last:
            self._news.publish(Item(topic=Topic.STATUS, facts=report))
        self._told = steady


def _steady(report: StatusReport) -> StatusReport:
    """Return the report without what changes by itself as time goes by."""
    return msgspec.structs.replace(
        report,
        now=Millis(0),
        clock_skew_ms=None,
        last_contact_at=Millis(0),
        line=msgspec.structs.replace(report.line, next_try_in_ms=None),
        feed=msgspec.structs.replace(report.feed, age_ms=None),
    )
