"""What to tell people about a printer's answer: its state, what is wrong, and what mends it."""

from typing import NamedTuple

from drivers.ports import DeviceState, Fault
from drivers.printer.status import Said


class Trouble(NamedTuple):
    """How a printer stands, in words."""

    state: DeviceState
    detail: str = ""
    remedy: str = ""


_WORDS = {
    Fault.PAPER_OUT: ("there is no paper", "Put in a roll and close the cover; printing goes on"),
    Fault.COVER_OPEN: ("the cover is open", "Close the cover; printing goes on"),
    Fault.CUTTER: ("the cutter is stuck", "Open the cover, take out the paper jam, close it"),
    Fault.UNRECOVERABLE: ("it reports a defect", "Switch it off and on; if it stays so, repair it"),
    Fault.OFFLINE: ("it is offline", "Press its FEED or ONLINE button, or switch it off and on"),
    Fault.PAPER_LOW: ("the paper is nearly used up", "Have a new roll ready"),
}

_SILENT = Trouble(
    DeviceState.UNKNOWN,
    "it does not answer",
    "Look whether another computer prints on it, switch it off and on; of a printer that never "
    "answers, set [printer] answers = false",
)
NOT_READING = Trouble(
    DeviceState.UNKNOWN,
    "it takes the connection, and does not read from it",
    "Look whether another computer prints on it; of a printer that never closes a connection, set "
    "[printer] closes = false",
)


def trouble_of(said: Said | None) -> Trouble:
    """Return what its answer means; None is no answer, which never means that all is well."""
    if said is None:
        return _SILENT
    if not said.faults:
        return Trouble(DeviceState.CONNECTED)
    details, remedies = zip(*(_WORDS[fault] for fault in said.faults), strict=True)
    return Trouble(DeviceState.DEGRADED, "; ".join(details), remedies[0])
