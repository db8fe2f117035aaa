"""Addresses of devices: read strictly, and what is wrong is said with what to write instead."""

import pytest

from drivers.address import (
    MAX_ADDRESS_CHARS,
    Address,
    FileAddress,
    HidAddress,
    OtherAddress,
    SerialAddress,
    TcpAddress,
    UsbAddress,
    parse_address,
)
from drivers.errors import AddressError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("serial:/dev/ttyACM0", SerialAddress(path="/dev/ttyACM0", baud=9_600, flow="none")),
        ("serial:/dev/ttyS1?baud=115200", SerialAddress(path="/dev/ttyS1", baud=115_200)),
        (
            "serial:/dev/serial/by-id/usb-X:1-if00?flow=hardware&baud=19200",
            SerialAddress(path="/dev/serial/by-id/usb-X:1-if00", baud=19_200, flow="hardware"),
        ),
        ("tcp://192.168.1.50:9100", TcpAddress(host="192.168.1.50", port=9_100)),
        ("tcp://192.168.001.050:9100", TcpAddress(host="192.168.1.50", port=9_100)),
        ("tcp://010.000.000.009:9100", TcpAddress(host="10.0.0.9", port=9_100)),
        ("tcp://printer.1st:9100", TcpAddress(host="printer.1st", port=9_100)),
        ("tcp://" + "a" * 63 + ":9100", TcpAddress(host="a" * 63, port=9_100)),
        ("tcp://printer.store:9100", TcpAddress(host="printer.store", port=9_100)),
        ("tcp://[fe80::1%eth0]:9100", TcpAddress(host="fe80::1%eth0", port=9_100)),
        ("hid:/dev/input/by-id/a-event-kbd", HidAddress(path="/dev/input/by-id/a-event-kbd")),
        ("usb:/dev/usb/lp0", UsbAddress(path="/dev/usb/lp0")),
        ("file:/tmp/小票.bin", FileAddress(path="/tmp/小票.bin")),
        ("acme:model 7?x=1", OtherAddress(driver="acme", rest="model 7?x=1")),
        ("acme:", OtherAddress(driver="acme", rest="")),
    ],
)
def test_address_is_read(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("", "write serial:/dev/ttyACM0"),
        ("/dev/ttyACM0", "write serial:/dev/ttyACM0"),
        ("COM3", "write serial:/dev/ttyACM0"),
        ("Serial:/dev/ttyACM0", "write serial:/dev/ttyACM0"),
        ("serial:/dev/tty\nACM0", "write serial:/dev/ttyACM0"),
        ("file:/" + "a" * MAX_ADDRESS_CHARS, f"at most {MAX_ADDRESS_CHARS} characters"),
        ("serial:ttyACM0", "as in serial:/dev/ttyACM0"),
        ("serial:", "as in serial:/dev/ttyACM0"),
        ("serial:/dev/ttyACM0?baud=9601", "one of 1200, 2400"),
        ("serial:/dev/ttyACM0?baud=", "one of 1200, 2400"),
        ("serial:/dev/ttyACM0?baud=９６００", "one of 1200, 2400"),
        ("serial:/dev/ttyACM0?flow=maybe", "none, hardware, software"),
        ("serial:/dev/ttyACM0?speed=9600", "baud and flow"),
        ("serial:/dev/ttyACM0?baud=9600&baud=9600", "once each"),
        ("serial:/dev/ttyACM0?baud", "once each"),
        ("tcp:192.168.1.50:9100", "tcp://192.168.1.50:9100"),
        ("tcp://192.168.1.50", "tcp://HOST:PORT"),
        ("tcp://192.168.1.50:0", "tcp://HOST:PORT"),
        ("tcp://192.168.1.50:65536", "tcp://HOST:PORT"),
        ("tcp://192.168.1.50:９１００", "tcp://HOST:PORT"),
        ("tcp://192.168.1.50:9100/", "tcp://HOST:PORT"),
        ("tcp://192.168.50:9100", "four numbers from 0 to 255"),
        ("tcp://3232235826:9100", "four numbers from 0 to 255"),
        ("tcp://0xC0A80132:9100", "four numbers from 0 to 255"),
        ("tcp://192.168.1.0x32:9100", "four numbers from 0 to 255"),
        ("tcp://192.168.1.256:9100", "four numbers from 0 to 255"),
        ("tcp://192.168.1.0050:9100", "four numbers from 0 to 255"),
        ("tcp://192.168.1.1.50:9100", "four numbers from 0 to 255"),
        ("tcp://[::ffff:192.168.001.050]:9100", "as in tcp://192.168.1.50:9100"),
        ("tcp://printer.50:9100", "four numbers from 0 to 255"),
        ("tcp://0.0.0.0:9100", "test page"),
        ("tcp://000.000.000.000:9100", "test page"),
        ("tcp://255.255.255.255:9100", "test page"),
        ("tcp://224.0.0.1:9100", "test page"),
        ("tcp://[::]:9100", "test page"),
        ("tcp://[fe80::1]:9100", "[fe80::1%eth0]"),
        ("tcp://user@host:9100", "tcp://HOST:PORT"),
        ("tcp://fe80::1:9100", "tcp://HOST:PORT"),
        ("tcp://printer..store:9100", "tcp://HOST:PORT"),
        ("tcp://" + "a" * 64 + ":9100", "tcp://HOST:PORT"),
        ("tcp://" + "a." * 126 + "bc:9100", "tcp://HOST:PORT"),
        ("hid:event3", "as in hid:/dev/input/by-id/NAME"),
        ("usb:04b8:0202", "as in usb:/dev/usb/lp0"),
        ("usb:/dev/usb/lp0?baud=9600", "as in usb:/dev/usb/lp0"),
        ("file:/tmp/../etc/passwd", "the whole path from the root"),
        ("file:/tmp/", "the whole path from the root"),
    ],
)
def test_wrong_address_is_refused_with_what_to_write_instead(text: str, instead: str) -> None:
    with pytest.raises(AddressError) as refusal:
        parse_address(text)
    assert instead in str(refusal.value)
