"""Late shifts: which are still open though they should be closed, for the page and for the log."""

from datetime import time

from msgspec import Struct

from agent.base.logging import get_logger
from agent.services.cash.closing_reminder import Lateness, lateness
from agent.services.desk.store_desk import StoreDesk
from agent.store.cash import shifts
from agent.store.cash.shifts import Shift
from agent.store.sqlite import Connection

_CLOSE = "count and close them on the till page (F8)"

log = get_logger(__name__)


class LateShift(Struct, frozen=True, kw_only=True):
    """A shift that is still open though it should be closed."""

    till: str
    z_no: int
    business_date: str
    """Of its opening, YYYY-MM-DD."""
    lateness: Lateness


class ClosingReminder:
    """Finds late shifts by the store's clocks."""

    def __init__(self, desk: StoreDesk, *, remind_at: time | None) -> None:
        """`remind_at`: the hour at which shifts should be closed; None: nobody is reminded."""
        self._desk = desk
        self._remind_at = remind_at

    def late(self, db: Connection) -> tuple[LateShift, ...]:
        """Return them all, of whatever till."""
        if self._remind_at is None:
            return ()
        return tuple(
            LateShift(
                till=shift.till,
                z_no=shift.z_no,
                business_date=self._desk.time.day_of(shift.opened_at).isoformat(),
                lateness=how,
            )
            for shift in shifts.all_open(db)
            if (how := self._lateness(shift, self._remind_at))
        )

    async def log_due(self) -> None:
        """Log which shifts of this business date are still open at the hour of the reminder."""
        if tills := await self._tills(Lateness.DUE):
            log.warning("shifts_due_to_close", tills=tills, what_to_do=_CLOSE)

    async def log_overdue(self) -> None:
        """Log which shifts of earlier business dates are still open when a new one begins."""
        if tills := await self._tills(Lateness.OVERDUE):
            log.warning("shifts_not_closed", tills=tills, what_to_do=_CLOSE)

    async def _tills(self, lateness: Lateness) -> list[str]:
        late = await self._desk.database.read(self.late)
        return [f"{one.till} {one.business_date}" for one in late if one.lateness is lateness]

    def _lateness(self, shift: Shift, remind_at: time) -> Lateness | None:
        time = self._desk.time
        return lateness(
            shift.opened_at,
            time.now(),
            zone=time.zone,
            day_begins=time.day_begins,
            remind_at=remind_at,
        )
