"""Identity: who may sign in at this PC, who is, and what a supervisor has approved."""

from agent.services.desk.store_desk import StoreDesk
from agent.services.staff.approvals import Approvals
from agent.services.staff.pin_check import PinCheck
from agent.services.staff.pins import Pins
from agent.services.staff.roster import Staff
from agent.services.staff.till_sessions import TillSessions


class Identity:
    """The parts that share one way of checking PINs."""

    def __init__(self, desk: StoreDesk, *, pepper: bytes, till: str, idle_ms: int) -> None:
        self._pins = Pins(pepper)
        check = PinCheck(desk, self._pins)
        self.sessions = TillSessions(desk, check, till=till, idle_ms=idle_ms)
        self.approvals = Approvals(desk, check)
        self.staff = Staff(desk, self._pins)

    def close(self) -> None:
        """Finish the PIN checks that run."""
        self._pins.close()
