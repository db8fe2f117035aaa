"""What the system knows of a device node: its USB device, its Bluetooth address, its keys."""

from pathlib import Path

from msgspec import Struct

SYS = Path("/sys")

_USB_LEVELS = 8
"""From a node's device up to its USB device: hub ports have one level each, interfaces another."""
_WORD_BITS = 64
_DIGITS_AND_ENTER: int = sum(1 << key for key in (*range(2, 12), 28))
"""Key codes of linux/input-event-codes.h that each scanner types by."""
_BLUETOOTH = "0005"
"""BUS_BLUETOOTH of linux/input.h."""


class Identity(Struct, frozen=True, kw_only=True):
    """What tells a device from another when both are unplugged and plugged in elsewhere."""

    vendor: str
    product: str
    serial: str
    """Empty in many cheap adapters, and "0001" in many others."""
    interface: str
    port: str


class NodeFacts:
    """The facts of one node, such as ttyUSB0 of class tty; empty where the system tells none."""

    def __init__(self, sys: Path, class_: str, name: str) -> None:
        self._node = sys / "class" / class_ / name
        self._device = (self._node / "device").resolve()

    def about(self) -> str:
        """What it says of itself: maker and product, or the name of an input device."""
        usb = self._above("idVendor")
        said = [_read(usb / name) for name in ("manufacturer", "product")] if usb else []
        said = [*filter(None, said)] or [_read(self._device / "name")]
        address = self.bluetooth()
        return " ".join(filter(None, (*said, f"Bluetooth {address}" if address else "")))

    def identity(self) -> Identity | None:
        """Return its identity; None if it is no USB device."""
        usb, interface = self._above("idVendor"), self._above("bInterfaceNumber")
        if usb is None:
            return None
        return Identity(
            vendor=_read(usb / "idVendor"),
            product=_read(usb / "idProduct"),
            serial=_read(usb / "serial"),
            interface=_read(interface / "bInterfaceNumber") if interface else "",
            port=_read(self._device / "port_number"),
        )

    def bluetooth(self) -> str:
        """The Bluetooth address of a keyboard or a serial line; empty if it has none."""
        if _read(self._device / "id/bustype") == _BLUETOOTH:
            return _read(self._device / "uniq")
        return _read(self._node / "address")

    def types_digits(self) -> bool:
        """Whether an input device has the keys that a scanner types by."""
        words = _read(self._device / "capabilities/key").split()
        keys: int = sum(
            int(word, 16) << (place * _WORD_BITS) for place, word in enumerate(reversed(words))
        )
        return keys & _DIGITS_AND_ENTER == _DIGITS_AND_ENTER

    def is_phantom(self) -> bool:
        """Whether a port that the driver has room for is not there (PORT_UNKNOWN).

        Since Linux 6.5 pyserial's list_ports tells these as if they were there (its issue 763).
        """
        return _read(self._node / "type") == "0"

    def _above(self, name: str) -> Path | None:
        """The nearest directory from the device upwards that has a file of that name."""
        places = [self._device, *self._device.parents][:_USB_LEVELS]
        return next((place for place in places if (place / name).is_file()), None)


def _read(file: Path) -> str:
    try:
        return file.read_text(errors="replace").strip()
    except OSError:
        return ""
