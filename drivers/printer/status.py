"""What an ESC/POS printer says of itself: the requests, and the meaning of each answer.

Layouts of the bytes: Epson "ESC/POS Command Reference for TM printers", DLE EOT and GS r.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Literal

from msgspec import Struct

from drivers.ports import Fault

CONFIRM = b"\x1dr\x01"
"""GS r 1: answered in its turn, so everything sent before it was worked off."""


_ALL_WELL = 0x12


class Ask(IntEnum):
    """What DLE EOT n asks for; answered at once, whatever else is waiting."""

    PRINTER = 1
    OFFLINE_CAUSE = 2
    ERROR_CAUSE = 3
    PAPER_SENSOR = 4


Level = Literal["high", "low"]
"""Of the drawer's switch at connector pin 3, while the drawer is open."""

BLOCKING = frozenset(
    {Fault.PAPER_OUT, Fault.COVER_OPEN, Fault.OFFLINE, Fault.CUTTER, Fault.UNRECOVERABLE}
)
"""Faults with which nothing is printed. With little paper left it still prints."""


class Said(Struct, frozen=True, kw_only=True):
    """What a printer answered to all four questions."""

    faults: tuple[Fault, ...] = ()
    pin3_high: bool = False
    """Level of the drawer's switch."""

    @property
    def blocked(self) -> bool:
        """Whether it prints nothing until somebody mends it."""
        return not BLOCKING.isdisjoint(self.faults)

    def drawer_open(self, open_level: Level | None) -> bool | None:
        """Whether the drawer is open; None unless the settings say what the level means."""
        return None if open_level is None else self.pin3_high == (open_level == "high")


def request(ask: Ask) -> bytes:
    """Return DLE EOT n."""
    return bytes((0x10, 0x04, ask))


def is_answer(byte: int) -> bool:
    """Whether a byte answers DLE EOT: 0xx1xx10 in bits."""
    return byte & 0x93 == 0x12


def is_confirmation(byte: int) -> bool:
    """Whether a byte answers GS r: 0xx0xxxx in bits, which no answer to DLE EOT is."""
    return byte & 0x90 == 0


def decode(answers: Mapping[Ask, int]) -> Said:
    """Return what the answers to DLE EOT 1 to 4 say together; one that lacks says nothing bad."""
    printer, offline, error, paper = (answers.get(ask, _ALL_WELL) for ask in Ask)
    faults = [
        fault
        for fault, there in (
            (Fault.PAPER_OUT, offline & 0x20 or paper & 0x60),
            (Fault.COVER_OPEN, offline & 0x04),
            (Fault.CUTTER, error & 0x08),
            (Fault.UNRECOVERABLE, error & 0x20),
        )
        if there
    ]
    if not faults and (printer & 0x08 or offline & 0x40):
        faults.append(Fault.OFFLINE)
    if paper & 0x0C and Fault.PAPER_OUT not in faults:
        faults.append(Fault.PAPER_LOW)
    return Said(faults=tuple(faults), pin3_high=bool(printer & 0x04))
