"""Links over serial lines, sockets and files: bytes both ways, and an end that is told plainly."""

import asyncio
import grp
import os
import socket
import tty
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import serial

from drivers.address import BehindPrinterAddress, OtherAddress, OwnAddress, parse_address
from drivers.errors import LostError
from drivers.transport.link import READ_BYTES, Link
from drivers.transport.opening import opener
from drivers.transport.remedy import lost
from tests.conformance.witness import PATIENCE_SECONDS
from tests.lab.ports import LOOPBACK, free_port

MORE_THAN_THE_SYSTEM_HOLDS = b"x" * 8_000_000


def own(address: str) -> OwnAddress:
    parsed = parse_address(address)
    assert not isinstance(parsed, OtherAddress | BehindPrinterAddress)
    return parsed


async def opened(address: str) -> Link:
    return await opener(own(address))()


class Line:
    """A pty: the device holds one end, the address names the other."""

    def __init__(self) -> None:
        self.device, line = os.openpty()
        tty.setraw(line)
        self.path = os.ttyname(line)
        self._line = line

    def unplug(self) -> None:
        """Close both ends."""
        for end in (self.device, self._line):
            with suppress(OSError):
                os.close(end)


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.unplug()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server((LOOPBACK, 0)) as made:
        yield made


def address_of(listener: socket.socket) -> str:
    return f"tcp://{LOOPBACK}:{listener.getsockname()[1]}"


async def test_serial_line_carries_all_bytes_both_ways(line: Line) -> None:
    link = await opened(f"serial:{line.path}?baud=115200")
    every = bytes(range(256))
    await link.write(every)
    assert os.read(line.device, 1_000) == every
    os.write(line.device, every)
    assert await link.read() == every
    await link.close()


async def test_writing_to_a_serial_line_that_takes_nothing_waits_and_holds_nobody_up(
    line: Line,
) -> None:
    link = await opened(f"serial:{line.path}")
    writing = asyncio.create_task(_write_pieces(link, b"x" * 512, 200))
    os.write(line.device, b"still there")
    assert await link.read() == b"still there"
    assert not writing.done()
    taken = 0
    async with asyncio.timeout(PATIENCE_SECONDS):
        while taken < 200 * 512:
            taken += len(await asyncio.to_thread(os.read, line.device, 4_096))
        await writing
    await link.close()


async def _write_pieces(link: Link, piece: bytes, count: int) -> None:
    for _ in range(count):
        await link.write(piece)


async def test_unplugged_serial_line_ends_reading_and_writing(line: Line) -> None:
    link = await opened(f"serial:{line.path}")
    reading = asyncio.create_task(link.read())
    writing = asyncio.create_task(link.write(MORE_THAN_THE_SYSTEM_HOLDS))
    await asyncio.sleep(0)
    line.unplug()
    ends = await asyncio.gather(reading, writing, return_exceptions=True)
    assert [str(end) for end in ends] == [f"{line.path} is unplugged"] * 2
    await link.close()


async def test_serial_line_is_ours_alone_until_closed(line: Line) -> None:
    link = await opened(f"serial:{line.path}")
    with pytest.raises(LostError) as refusal:
        await opened(f"serial:{line.path}")
    assert refusal.value.remedy == f"sudo fuser -v {line.path}"
    await link.close()
    await (await opened(f"serial:{line.path}")).close()


async def test_no_other_program_can_open_a_serial_line_that_is_ours(line: Line) -> None:
    link = await opened(f"serial:{line.path}")
    assert "Device or resource busy" in await _opened_by_another_program(line.path)
    await link.close()
    assert await _opened_by_another_program(line.path) == ""


async def test_control_with_the_lock_of_pyserial_alone_another_program_opens_it_all_the_same(
    line: Line,
) -> None:
    with serial.Serial(line.path, exclusive=True):
        assert await _opened_by_another_program(line.path) == ""


async def _opened_by_another_program(path: str) -> str:
    """Open it as a program of somebody who is not root; return what that program complained of."""
    os.chmod(path, 0o666)
    nobody = ["setpriv", "--reuid=65534", "--clear-groups"] if os.getuid() == 0 else []
    done = await asyncio.create_subprocess_exec(
        *nobody, "/bin/sh", "-c", f": <>{path}", stderr=asyncio.subprocess.PIPE
    )
    _, complaint = await done.communicate()
    return complaint.decode()


async def test_file_that_is_no_serial_line_is_told(tmp_path: Path) -> None:
    (tmp_path / "ttyACM0").touch()
    with pytest.raises(LostError, match="ttyACM0"):
        await opened(f"serial:{tmp_path}/ttyACM0")


async def test_socket_carries_bytes_both_ways_and_its_end_is_told(
    listener: socket.socket,
) -> None:
    link = await opened(address_of(listener))
    device, _ = listener.accept()
    with device:
        device.sendall(b"a" * (READ_BYTES + 1))
        assert len(await link.read()) + len(await link.read()) == READ_BYTES + 1
        await link.write(b"hello")
        assert device.recv(10) == b"hello"
    with pytest.raises(LostError, match="closed the connection"):
        await link.read()
    await link.close()


async def test_silent_socket_is_asked_by_the_system_whether_it_is_there(
    listener: socket.socket,
) -> None:
    link = await opened(address_of(listener))
    with socket.socket(fileno=os.dup(link.fileno())) as same:
        assert same.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert same.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) <= 10
        assert same.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) <= 25_000
    await link.close()


async def test_writing_to_a_socket_waits_for_the_device(listener: socket.socket) -> None:
    link = await opened(address_of(listener))
    device, _ = listener.accept()
    writing = asyncio.create_task(link.write(MORE_THAN_THE_SYSTEM_HOLDS))
    await asyncio.sleep(0)
    assert not writing.done()
    device.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    device.close()
    with pytest.raises(LostError, match="closed the connection"):
        await writing
    await link.close()


async def test_nobody_at_the_port_is_told() -> None:
    port = free_port()
    with pytest.raises(LostError, match=f"nothing listens at {LOOPBACK}:{port}"):
        await opened(f"tcp://{LOOPBACK}:{port}")


async def test_unknown_host_is_told() -> None:
    with pytest.raises(
        LostError, match=r"the name printer\.invalid (is not known here|can't be looked up now)"
    ):
        await opened("tcp://printer.invalid:9100")


async def test_file_is_appended_to_and_never_answers(tmp_path: Path) -> None:
    path = tmp_path / "receipts.bin"
    for text in (b"one", b"two"):
        link = await opened(f"file:{path}")
        reading = asyncio.create_task(link.read())
        await link.write(text)
        assert not reading.done()
        await link.close()
        with pytest.raises(LostError):
            await reading
    assert path.read_bytes() == b"onetwo"


async def test_closing_twice_closes_once(listener: socket.socket) -> None:
    link = await opened(address_of(listener))
    fd = link.fileno()
    await link.close()
    assert os.open(os.devnull, os.O_RDONLY) == fd
    await link.close()
    os.close(fd)
    with pytest.raises(LostError):
        await link.write(b"late")


@pytest.mark.parametrize(
    ("address", "error", "remedy"),
    [
        ("serial:/dev/none", FileNotFoundError(2, "no"), "ls -l /dev/serial/by-id/"),
        ("hid:/dev/none", FileNotFoundError(2, "no"), "ls -l /dev/input/by-id/"),
        ("usb:/dev/usb/none", FileNotFoundError(2, "no"), "ls -l /dev/usb/"),
        ("file:/none/a", FileNotFoundError(2, "no"), "sudo install -d -o store-agent /none"),
        ("file:/none/a", OSError(28, "full"), "df -h /none"),
        ("file:/none/a", OSError(30, "read-only"), "below /var/lib/store-agent"),
        ("file:/none/a", PermissionError(13, "no"), "sudo setfacl -m u:store-agent:rwx /none"),
        ("usb:/dev/usb/lp0", OSError(16, "busy"), "sudo fuser -v /dev/usb/lp0"),
        ("serial:/dev/none", OSError(19, "gone"), "Plug it in again"),
        ("serial:/dev/ttyX12", PermissionError(13, "no"), 'KERNEL=="ttyX[0-9]*", GROUP='),
        ("usb:/dev/usb/lpX0", PermissionError(13, "no"), 'KERNEL=="lpX[0-9]*", GROUP='),
        ("hid:/dev/none", PermissionError(13, "no"), 'ATTRS{idVendor}=="1234", GROUP='),
        ("hid:/dev/none", PermissionError(1, "no"), "DeviceAllow=/dev/none rw"),
        ("tcp://10.0.0.9:9100", TimeoutError(), "ping -c 3 10.0.0.9"),
        ("tcp://10.0.0.9:9100", OSError(113, "no route"), "ping -c 3 10.0.0.9"),
        ("tcp://10.0.0.9:9100", PermissionError(1, "no"), "IPAddressAllow=10.0.0.9"),
        ("tcp://10.0.0.9:9100", ConnectionRefusedError(111, "no"), "port 9100"),
        ("tcp://10.0.0.9:9100", ConnectionResetError(104, "no"), "switched on"),
    ],
)
def test_trouble_is_told_with_what_mends_it(address: str, error: OSError, remedy: str) -> None:
    told = lost(own(address), error)
    assert remedy in told.remedy


@pytest.fixture
def node(tmp_path: Path) -> Path:
    """A node that a group may read and write."""
    made = tmp_path / "ttyACM0"
    made.touch()
    os.chown(made, -1, os.getgid() or grp.getgrnam("dialout").gr_gid)
    made.chmod(0o660)
    return made


def test_node_of_a_group_is_opened_by_joining_it(node: Path) -> None:
    told = lost(own(f"serial:{node}"), PermissionError(13, "no"))
    assert told.remedy.startswith(f"sudo usermod -aG {node.group()} ")


def test_group_that_the_services_own_namespace_hides_is_found_by_who_mends_it(
    node: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = tmp_path / "overflowgid"
    hidden.write_text(f"{node.stat().st_gid}\n")
    monkeypatch.setattr("drivers.transport.rights._OVERFLOW_GID", hidden)
    told = lost(own(f"serial:{node}"), PermissionError(13, "no"))
    assert told.remedy.startswith(f"sudo usermod -aG $(stat -Lc %G {node}) ")


def test_scanner_is_never_let_in_with_the_keyboard_on_which_pins_are_typed(node: Path) -> None:
    told = lost(own(f"hid:{node}"), PermissionError(13, "no"))
    assert "usermod" not in told.remedy
    assert "61-store-agent-devices.rules" in told.remedy


def test_scanner_over_bluetooth_is_let_in_by_its_own_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = tmp_path / "event7/device"
    (facts / "id").mkdir(parents=True)
    (facts / "id/bustype").write_text("0005\n")
    (facts / "uniq").write_text("aa:bb:cc:00:11:22\n")
    monkeypatch.setattr("drivers.transport.rights._INPUT", tmp_path)
    told = lost(own("hid:/dev/input/event7"), PermissionError(13, "no"))
    assert 'KERNEL=="event*", ATTRS{uniq}=="aa:bb:cc:00:11:22", GROUP=' in told.remedy
