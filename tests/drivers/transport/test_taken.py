"""A USB printer that another program has is told as that, and nobody is told to plug it in."""

from pathlib import Path

import pytest

from agent.ops.plugged import plugged_in
from drivers.address import UsbAddress
from drivers.taken import TakenPrinter, taken_printers
from drivers.transport.remedy import closed, lost

MISSING = UsbAddress(path="/dev/usb/lp77")


class Bus:
    """A tree as /sys/bus/usb/devices."""

    def __init__(self, directory: Path) -> None:
        self.devices = directory / "bus/usb/devices"
        self.devices.mkdir(parents=True)
        self._drivers = directory / "drivers"

    def plug(self, name: str, *, interface_class: str, driver: str) -> None:
        """Plug in a device with one interface; `driver` empty: none has it."""
        device, interface = self.devices / name, self.devices / f"{name}:1.0"
        device.mkdir()
        interface.mkdir()
        for file, text in {"product": "XP-80C", "busnum": "1", "devnum": "4"}.items():
            (device / file).write_text(f"{text}\n")
        (interface / "bInterfaceClass").write_text(f"{interface_class}\n")
        if driver:
            (self._drivers / driver).mkdir(parents=True, exist_ok=True)
            (interface / "driver").symlink_to(self._drivers / driver)


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bus:
    made = Bus(tmp_path)
    monkeypatch.setattr("drivers.transport.remedy.USB_DEVICES", made.devices)
    return made


@pytest.mark.parametrize(
    ("driver", "detail", "remedy"),
    [
        ("usbfs", "XP-80C is plugged in, and another program has it", "/dev/bus/usb/001/004"),
        ("usbfs", "CUPS", "lpadmin -x"),
        ("", "XP-80C is plugged in, and the system's driver usblp is not", "sudo modprobe usblp"),
    ],
)
def test_a_printer_that_has_no_node_is_told_as_what_it_is(
    bus: Bus, driver: str, detail: str, remedy: str
) -> None:
    bus.plug("1-2", interface_class="07", driver=driver)
    for told in (lost(MISSING, FileNotFoundError(2, "no")), lost(MISSING, OSError(19, "gone"))):
        assert detail in told.detail
        assert remedy in told.remedy
        assert "plug it in" not in told.remedy.lower()
    assert detail in closed(MISSING).detail


@pytest.mark.parametrize(
    ("interface_class", "driver"), [("07", "usblp"), ("03", "usbhid"), ("08", ""), ("ff", "usbfs")]
)
def test_what_is_none_or_has_its_node_is_not_in_the_way(
    bus: Bus, interface_class: str, driver: str
) -> None:
    bus.plug("1-2", interface_class=interface_class, driver=driver)
    assert "Plug it in" in lost(MISSING, FileNotFoundError(2, "no")).remedy


def test_devices_lists_it_with_what_gives_it_back(bus: Bus, tmp_path: Path) -> None:
    bus.plug("1-2", interface_class="07", driver="usbfs")
    (found,) = plugged_in(tmp_path, tmp_path)
    assert (found.what, found.address, found.usable) == ("printer", "", False)
    assert "XP-80C" in found.about
    assert "lpadmin" in found.remedy


def test_nothing_is_said_where_there_is_no_usb(tmp_path: Path) -> None:
    none: tuple[TakenPrinter, ...] = ()
    assert taken_printers(tmp_path / "none") == none
