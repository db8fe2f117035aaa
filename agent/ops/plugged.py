"""What is plugged into this PC that may be a scanner, a printer or a display."""

import os
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from drivers.taken import USB_DEVICES, taken_printers

DEV = Path("/dev")


class Plugged(Struct, frozen=True, kw_only=True):
    """One thing that is plugged in."""

    what: str
    """serial, keyboard or printer: how it shows itself, not what it is."""
    address: str
    """As it is written into the settings; by its id where it has one, so that it stays the same
    whichever socket is used."""
    about: str
    """What it says of itself; empty where it says nothing."""
    usable: bool
    """Whether this user may open it."""
    remedy: str = ""
    """What gives it a node; empty where it has one."""


def plugged_in(dev: Path = DEV, usb: Path = USB_DEVICES) -> tuple[Plugged, ...]:
    """Return serial ports, keyboards (scanners often are) and USB printers, each once."""
    return (*_serial(dev), *_keyboards(dev), *_printers(dev), *_taken_printers(usb))


def _serial(dev: Path) -> Iterator[Plugged]:
    from serial.tools import list_ports  # looks into /sys; only this command needs it

    by_id = {link.resolve(): link for link in _entries(dev / "serial/by-id", "*")}
    here = (port for port in list_ports.comports() if Path(port.device).is_relative_to(dev))
    ports = {Path(port.device): port.description for port in here}
    for device in sorted({*by_id, *ports}):
        path = by_id.get(device, device)
        about = ports.get(device, path.name)
        yield _found("serial", f"serial:{path}", "" if about == "n/a" else about, device)


def _keyboards(dev: Path) -> Iterator[Plugged]:
    for link in _entries(dev / "input/by-id", "*-event-kbd"):
        yield _found("keyboard", f"hid:{link}", link.name.removesuffix("-event-kbd"), link)


def _printers(dev: Path) -> Iterator[Plugged]:
    for node in _entries(dev / "usb", "lp*"):
        yield _found("printer", f"usb:{node}", "", node)


def _taken_printers(usb: Path) -> Iterator[Plugged]:
    """Printers that have no node, because another program has them."""
    for taken in taken_printers(usb):
        yield Plugged(
            what="printer", address="", about=taken.detail, usable=False, remedy=taken.remedy
        )


def _found(what: str, address: str, about: str, node: Path) -> Plugged:
    rights = os.R_OK if what == "keyboard" else os.R_OK | os.W_OK
    return Plugged(what=what, address=address, about=about, usable=os.access(node, rights))


def _entries(directory: Path, pattern: str) -> list[Path]:
    return sorted(directory.glob(pattern)) if directory.is_dir() else []
