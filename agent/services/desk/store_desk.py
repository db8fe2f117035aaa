"""What every use case at the till needs: the database, the time, and whom to trust."""

from dataclasses import dataclass, field
from typing import Protocol

from agent.base.clock import Millis
from agent.base.ids import uuid7
from agent.domain.barcodes.scale_label import ScaleLabels
from agent.domain.line.events import EventBody, EventKind
from agent.services.desk.claims import Claims
from agent.services.desk.contact import Contact
from agent.services.desk.news import News
from agent.services.desk.papers import Papers
from agent.services.desk.price_book import PriceBook
from agent.services.desk.timekeeper import Timekeeper
from agent.services.desk.trust import Trust
from agent.store.database import Database
from agent.store.line import journal
from agent.store.sqlite import Connection

TRAINING_PREFIX = "TRAIN-"
"""No store code holds a hyphen, so that no training receipt is mistaken for a real one."""


class DrawerOpener(Protocol):
    """Opens the till's cash drawer; its failure is told, not raised."""

    def open_soon(self, till: str | None) -> None:
        """Open it, without waiting for it; `till` asks, None: nobody's page."""


class Witness(Protocol):
    """Keeps by which time somebody was refused, so that no restart falls behind it."""

    async def refused_at(self, at: Millis) -> None:
        """Return when the time is on disk, or can't be put there soon."""

    async def checkpointed(self) -> None:
        """Move the WAL into the database file, and keep how new that file is. StoreError."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreDesk:
    """The store's collaborators, built once by compose."""

    store: str
    database: Database
    time: Timekeeper
    trust: Trust
    book: PriceBook = field(default_factory=PriceBook)
    """What articles cost: the chain's promotions, made ready."""
    contact: Contact = field(default_factory=Contact)
    news: News = field(default_factory=News)
    scale_labels: ScaleLabels = field(default_factory=ScaleLabels)
    training: bool = False
    """Whether nothing of it leaves this PC."""
    papers: Papers | None = None
    """None: nothing is printed at this desk."""
    drawer: DrawerOpener | None = None
    """None: there is none to open."""
    honour_quote_ms: int = 0
    """What was quoted so long ago at most is sold as quoted."""
    claims: Claims | None = None
    """None: nobody is asked."""
    witness: Witness | None = None
    """None: refusals leave no trace."""

    @property
    def name(self) -> str:
        """What receipts and journal are named after: the store, or what nobody takes for it."""
        return f"{TRAINING_PREFIX}{self.store}" if self.training else self.store

    async def checkpoint(self) -> None:
        """Move the WAL into the database file; StoreError, and nothing is lost then."""
        if self.witness is not None:
            await self.witness.checkpointed()
        else:
            await self.database.checkpoint()

    async def keep_time(self, now: Millis) -> None:
        """Somebody is refused by the time `now`: return when no restart falls behind it."""
        if self.witness is not None:
            await self.witness.refused_at(now)

    def record(
        self,
        db: Connection,
        kind: EventKind,
        body: EventBody,
        *,
        at: Millis,
        till: str,
        cashier: str,
    ) -> journal.Place:
        """Append one event to the journal inside the caller's transaction."""
        event = journal.NewEvent(
            event_id=uuid7(at),
            kind=kind,
            body=body,
            occurred_at=at,
            business_date=self.time.business_date(at),
            till=till,
            cashier=cashier,
        )
        return journal.append(db, self.name, event)
