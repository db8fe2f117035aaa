"""What `store-agent devices` finds plugged in, and the names it gives for the settings."""

from pathlib import Path

import msgspec
import pytest

from agent.base.clock import Millis
from agent.ops.devices import show_devices
from agent.ops.plugged import Plugged, plugged_in
from agent.services.house.devices import DeviceKind, DeviceReport
from drivers.ports import DeviceState


def test_what_is_plugged_in_is_found_once_and_by_its_id(tmp_path: Path) -> None:
    (tmp_path / "ttyACM0").touch()
    for directory, name, target in (
        ("serial/by-id", "usb-Scanner_1-if00", "ttyACM0"),
        ("input/by-id", "usb-Scanner_2-event-kbd", "event3"),
        ("input/by-id", "usb-Mouse-event-mouse", "event4"),
    ):
        (tmp_path / directory).mkdir(parents=True, exist_ok=True)
        (tmp_path / target).touch()
        (tmp_path / directory / name).symlink_to(tmp_path / target)
    (tmp_path / "usb").mkdir()
    (tmp_path / "usb/lp0").touch()
    assert [(one.what, one.address) for one in plugged_in(tmp_path)] == [
        ("serial", f"serial:{tmp_path}/serial/by-id/usb-Scanner_1-if00"),
        ("keyboard", f"hid:{tmp_path}/input/by-id/usb-Scanner_2-event-kbd"),
        ("printer", f"usb:{tmp_path}/usb/lp0"),
    ]


class Machine:
    """What /dev, /sys and /proc of a PC show."""

    def __init__(self, root: Path) -> None:
        self.dev, self.sys, self.proc = root / "dev", root / "sys", root / "proc"

    def node(self, path: str, class_: str, device: str, **facts: str) -> Path:
        """A node of a class, with its device below /sys/devices and facts of that."""
        node = self.dev / path
        node.parent.mkdir(parents=True, exist_ok=True)
        node.touch()
        self.facts(device, **facts)
        known = self.sys / "class" / class_ / node.name
        known.mkdir(parents=True, exist_ok=True)
        (known / "device").symlink_to(self.sys / "devices" / device)
        return node

    def facts(self, device: str, **facts: str) -> None:
        for name, value in facts.items():
            file = self.sys / "devices" / device / name.replace("__", "/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{value}\n")

    def link(self, name: str, node: Path) -> None:
        (self.dev / name).parent.mkdir(parents=True, exist_ok=True)
        (self.dev / name).symlink_to(node)

    def adapter(self, number: int, *, serial: str = "") -> Path:
        """A USB-serial adapter with the names that udev gives it; by-id is the last one's."""
        usb, interface = f"usb1/1-{number}", f"usb1/1-{number}/1-{number}:1.0"
        self.facts(usb, idVendor="1a86", idProduct="7523", product="USB Serial", serial=serial)
        self.facts(interface, bInterfaceNumber="00")
        node = self.node(f"ttyUSB{number}", "tty", f"{interface}/ttyUSB{number}", port_number="0")
        by_id = f"serial/by-id/usb-1a86_USB_Serial{serial and '_' + serial}-if00-port0"
        (self.dev / by_id).unlink(missing_ok=True)
        self.link(by_id, node)
        for way in ("usb", "usbv2"):
            self.link(f"serial/by-path/pci-0000:00:14.0-{way}-0:{number}:1.0-port0", node)
        return node

    def plugged(self) -> dict[str, Plugged]:
        """What is found, by its address without the directory."""
        found = plugged_in(self.dev, self.sys, self.proc)
        return {one.address.replace(f"{self.dev}/", ""): one for one in found}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path.resolve())


@pytest.mark.parametrize("serial", ["", "0001"])
def test_two_adapters_of_one_model_are_both_listed_each_by_its_socket(
    machine: Machine, serial: str
) -> None:
    for number in (1, 2):
        machine.adapter(number, serial=serial)
    assert {address: one.has_twin for address, one in machine.plugged().items()} == {
        f"serial:serial/by-path/pci-0000:00:14.0-usb-0:{number}:1.0-port0": True
        for number in (1, 2)
    }


def test_adapters_that_can_be_told_apart_keep_the_names_that_no_socket_changes(
    machine: Machine,
) -> None:
    machine.adapter(1, serial="A1")
    machine.adapter(2, serial="B2")
    assert {address: one.has_twin for address, one in machine.plugged().items()} == {
        f"serial:serial/by-id/usb-1a86_USB_Serial_{serial}-if00-port0": False
        for serial in ("A1", "B2")
    }


def test_a_port_that_is_not_there_is_not_listed(machine: Machine) -> None:
    for number, type_ in enumerate(("4", "0", "0")):
        machine.node(f"ttyS{number}", "tty", f"port{number}")
        (machine.sys / f"class/tty/ttyS{number}/type").write_text(f"{type_}\n")
    assert [*machine.plugged()] == ["serial:ttyS0"]


def test_scanners_over_bluetooth_are_listed_and_keys_that_are_no_keyboard_are_not(
    machine: Machine,
) -> None:
    keyboard = "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe"
    scanner = machine.node(
        "input/event7",
        "input",
        "virtual/input7",
        name="Netum C750",
        uniq="aa:bb:cc:00:11:22",
        id__bustype="0005",
        capabilities__key=keyboard,
    )
    machine.node(
        "input/event0", "input", "lid", name="Power Button", capabilities__key="10000000000000 0"
    )
    line = machine.node("rfcomm0", "tty", "rfcomm0")
    (machine.sys / "class/tty/rfcomm0/address").write_text("AA:BB:CC:33:44:55\n")
    assert {address: one.about for address, one in machine.plugged().items()} == {
        "hid:input/event7": "Netum C750 Bluetooth aa:bb:cc:00:11:22",
        "serial:rfcomm0": "Bluetooth AA:BB:CC:33:44:55",
    }
    machine.link("input/by-id/bluetooth-aa:bb:cc:00:11:22-event-kbd", scanner)
    machine.link("serial/by-id/bluetooth-AA:BB:CC:33:44:55", line)
    assert {*machine.plugged()} == {
        "hid:input/by-id/bluetooth-aa:bb:cc:00:11:22-event-kbd",
        "serial:serial/by-id/bluetooth-AA:BB:CC:33:44:55",
    }


def test_printers_are_listed_by_the_name_that_does_not_depend_on_the_order_of_plugging_in(
    machine: Machine,
) -> None:
    for number, serial in enumerate(("X1", "X2")):
        machine.facts(f"usb1/1-{number}", idVendor="0416", idProduct="5011", serial=serial)
        node = machine.node(f"usb/lp{number}", "usbmisc", f"usb1/1-{number}/1-{number}:1.0")
        machine.link(f"usb/by-id/usb-STMicroelectronics_POS58_{serial}", node)
        machine.link(f"usb/by-path/pci-0000:00:14.0-usb-0:{number}:1.0", node)
    assert [*machine.plugged()] == [
        f"usb:usb/by-id/usb-STMicroelectronics_POS58_{serial}" for serial in ("X1", "X2")
    ]


def test_who_else_has_a_device_open_is_told(machine: Machine) -> None:
    node = machine.adapter(1)
    for pid, name in (("812", "minicom"), ("813", "store-agent"), ("814", "bash")):
        (machine.proc / pid / "fd").mkdir(parents=True)
        (machine.proc / pid / "comm").write_text(f"{name}\n")
        (machine.proc / pid / "fd/3").symlink_to("/dev/null" if name == "bash" else node)
    (one,) = machine.plugged().values()
    assert one.open_in == ("minicom (812)",)


def test_an_address_that_two_devices_share_is_told_with_the_one_to_write(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (1, 2):
        machine.adapter(number)
    by_id = f"serial:{machine.dev}/serial/by-id/usb-1a86_USB_Serial-if00-port0"
    report = DeviceReport(
        kind=DeviceKind.DISPLAY,
        name="display",
        address=by_id,
        state=DeviceState.CONNECTED,
        since=Millis(0),
    )
    plugged = plugged_in(machine.dev, machine.sys, machine.proc)
    show_devices([msgspec.to_builtins(report)], plugged, running=True)
    told = capsys.readouterr().out
    assert "display: two devices of one model share the name in its address" in told
    assert f"write serial:{machine.dev}/serial/by-path/pci-0000:00:14.0-usb-0:2:1.0-port0" in told
