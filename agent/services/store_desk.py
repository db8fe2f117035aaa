"""What every use case at the till needs: the database, the time, and whom to trust."""

from dataclasses import dataclass, field

from agent.base.clock import Millis
from agent.base.ids import uuid7
from agent.domain.events import EventBody, EventKind
from agent.domain.scale_label import ScaleLabels
from agent.services.drawer import Drawer
from agent.services.news import News
from agent.services.same_code import SameCode
from agent.services.stationery import Stationery
from agent.services.timekeeper import Timekeeper
from agent.services.trust import Trust
from agent.store import journal
from agent.store.database import Database
from agent.store.sqlite import Connection

TRAINING_PREFIX = "TRAIN-"
"""No store code holds a hyphen, so that no training receipt is mistaken for a real one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreDesk:
    """The store's collaborators, built once by compose."""

    store: str
    database: Database
    time: Timekeeper
    trust: Trust
    news: News = field(default_factory=News)
    scale_labels: ScaleLabels = field(default_factory=ScaleLabels)
    same_code: SameCode = field(default_factory=SameCode)
    training: bool = False
    """Whether nothing of it leaves this PC."""
    stationery: Stationery | None = None
    """None: nothing is printed at this desk."""
    drawer: Drawer | None = None
    """None: there is none to open."""

    @property
    def name(self) -> str:
        """What receipts and journal are named after: the store, or what nobody takes for it."""
        return f"{TRAINING_PREFIX}{self.store}" if self.training else self.store

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
