"""USB printers that are plugged in and yet have no node: CUPS and the like hold them themselves.

Layout of /sys/bus/usb/devices: the kernel's Documentation/ABI/testing/sysfs-bus-usb. A program that
reaches a device by libusb takes its interface from the kernel's driver (usbfs instead of usblp).
"""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

USB_DEVICES = Path("/sys/bus/usb/devices")
PRINTER_CLASS = "07"
"""USB device class of printers (USB-IF, Printer Device Class 1.1)."""
OWN_DRIVER = "usblp"
"""The kernel's, which makes /dev/usb/lp*."""
PROGRAMS_DRIVER = "usbfs"


class TakenPrinter(Struct, frozen=True, kw_only=True):
    """A printer that is plugged in and is not the kernel's."""

    about: str
    """What it says of itself; empty where it says nothing."""
    node: str
    """Its raw node, which the program that has it holds open."""
    by_program: bool
    """Whether a program has it; else nothing has it, because usblp is not loaded."""

    @property
    def detail(self) -> str:
        """What is wrong, in words."""
        name = self.about or "a USB printer"
        if self.by_program:
            return f"{name} is plugged in, and another program has it (CUPS?)"
        return f"{name} is plugged in, and the system's driver usblp is not loaded"

    @property
    def remedy(self) -> str:
        """What gives it back."""
        if self.by_program:
            return (
                f"sudo fuser -v {self.node} names the program. If it is CUPS: lpstat -v, "
                "sudo lpadmin -x QUEUE, then switch the printer off and on"
            )
        return (
            "sudo modprobe usblp; if it is away again after a start: grep -r usblp /etc/modprobe.d "
            "/usr/lib/modprobe.d, and remove the line that blacklists it"
        )


def taken_printers(devices: Path = USB_DEVICES) -> tuple[TakenPrinter, ...]:
    """Return every USB printer that is plugged in and has no node of usblp."""
    return tuple(_taken(devices)) if devices.is_dir() else ()


def _taken(devices: Path) -> Iterator[TakenPrinter]:
    for interface in sorted(devices.glob("*:*")):
        driver = (interface / "driver").resolve().name if (interface / "driver").exists() else ""
        if _read(interface / "bInterfaceClass") != PRINTER_CLASS or driver == OWN_DRIVER:
            continue
        device = devices / interface.name.partition(":")[0]
        yield TakenPrinter(
            about=" ".join(
                filter(None, (_read(device / "manufacturer"), _read(device / "product")))
            ),
            node=f"/dev/bus/usb/{_read(device / 'busnum'):0>3}/{_read(device / 'devnum'):0>3}",
            by_program=driver == PROGRAMS_DRIVER,
        )


def _read(file: Path) -> str:
    try:
        return file.read_text(errors="replace").strip()
    except OSError:
        return ""
