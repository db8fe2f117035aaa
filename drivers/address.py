"""Addresses of devices, as they stand in the settings, parsed strictly."""

import re
from ipaddress import ip_address
from typing import Literal
from urllib.parse import parse_qsl

from msgspec import Struct

from agent.base.hosts import plain_host
from drivers.errors import AddressError

MAX_ADDRESS_CHARS = 512
"""No device node or host name is so long."""
BAUDS = (1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200, 230_400)
"""Speeds that scanners, displays and printers use."""
DEFAULT_BAUD = 9_600

Flow = Literal["none", "hardware", "software"]
"""Who may stop the sender: nobody, the lines RTS/CTS, the characters XON/XOFF."""

_SCHEME = re.compile(r"([a-z][a-z0-9_-]*):(.*)", re.DOTALL)
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(\.{_LABEL})*")
"""RFC 1123, section 2.1: what is no such name can't even be looked up."""
_IPV6 = re.compile(r"\[([0-9A-Fa-f:.]+(%[A-Za-z0-9]+)?)\]")
_BROADCAST = "255.255.255.255"
_PORT = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)
_FLOWS: dict[str, Flow] = {"none": "none", "hardware": "hardware", "software": "software"}


class SerialAddress(Struct, frozen=True, kw_only=True):
    """A serial line, 8N1: `serial:/dev/ttyACM0?baud=9600&flow=none`."""

    path: str
    baud: int = DEFAULT_BAUD
    """Bits per second; USB devices ignore it."""
    flow: Flow = "none"


class TcpAddress(Struct, frozen=True, kw_only=True):
    """A device that listens on the network: `tcp://192.168.1.50:9100`."""

    host: str
    """A name, or an address of IPv4 (without leading zeros) or (without brackets) IPv6."""
    port: int


class HidAddress(Struct, frozen=True, kw_only=True):
    """A keyboard-like device, read exclusively: `hid:/dev/input/by-id/usb-…-event-kbd`."""

    path: str


class UsbAddress(Struct, frozen=True, kw_only=True):
    """A printer at the kernel's usblp node: `usb:/dev/usb/lp0`."""

    path: str


class FileAddress(Struct, frozen=True, kw_only=True):
    """A file that everything is appended to, and that never answers: `file:/path`."""

    path: str


class BehindPrinterAddress(Struct, frozen=True, kw_only=True):
    """A display that hangs on the receipt printer, which passes bytes on to it: `printer:`."""


class OtherAddress(Struct, frozen=True, kw_only=True):
    """A device of a driver that somebody else brought: `NAME:rest`."""

    driver: str
    rest: str
    """What follows the colon; the driver's own business."""


OwnAddress = SerialAddress | TcpAddress | HidAddress | UsbAddress | FileAddress
"""A device that we can open ourselves."""
Address = OwnAddress | BehindPrinterAddress | OtherAddress


def parse_address(text: str, *, baud: int = DEFAULT_BAUD) -> Address:
    """Return the address in `text`; raise AddressError, whose text says what to write instead.

    `baud`: of a serial line whose address names none.
    """
    scheme = _SCHEME.fullmatch(text)
    if not scheme or len(text) > MAX_ADDRESS_CHARS or not text.isprintable():
        raise AddressError(
            f"{text[:80]!r} is no device address; write serial:/dev/ttyACM0?baud=9600, "
            "tcp://192.168.1.50:9100, hid:/dev/input/by-id/NAME, usb:/dev/usb/lp0 or file:/PATH, "
            f"at most {MAX_ADDRESS_CHARS} characters"
        )
    name, rest = scheme.groups()
    if name == "serial":
        return _serial(rest, baud)
    if name == "tcp":
        return _tcp(rest)
    if name == "hid":
        return HidAddress(path=_path(name, rest, "/dev/input/by-id/NAME"))
    if name == "usb":
        return UsbAddress(path=_path(name, rest, "/dev/usb/lp0"))
    if name == "file":
        return FileAddress(path=_path(name, rest, "/var/lib/store-agent/receipts.bin"))
    if name == "printer" and not rest:
        return BehindPrinterAddress()
    return OtherAddress(driver=name, rest=rest)


def _serial(rest: str, default_baud: int) -> SerialAddress:
    path, _, query = rest.partition("?")
    options = _options(query)
    baud, flow = options.pop("baud", str(default_baud)), options.pop("flow", "none")
    if options:
        raise AddressError(
            f"serial: has no option {next(iter(options))!r}; it has baud and flow, "
            "as in serial:/dev/ttyUSB0?baud=9600&flow=hardware"
        )
    if baud not in map(str, BAUDS):
        raise AddressError(f"baud={baud} is no speed; write one of {', '.join(map(str, BAUDS))}")
    if flow not in _FLOWS:
        raise AddressError(f"flow={flow} is unknown; write one of {', '.join(_FLOWS)}")
    return SerialAddress(
        path=_path("serial", path, "/dev/ttyACM0"), baud=int(baud), flow=_FLOWS[flow]
    )


def _options(query: str) -> dict[str, str]:
    """The options after the question mark; each once, each with a value."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        pairs = []
    if len(pairs) != len(dict(pairs)) or bool(pairs) != bool(query):
        raise AddressError(f"?{query} can't be read; write options once each, as in ?baud=9600")
    return dict(pairs)


def _tcp(rest: str) -> TcpAddress:
    """The host and port; an IP address may have leading zeros, as printers print it."""
    host, _, port = rest.removeprefix("//").rpartition(":")
    bracketed = _IPV6.fullmatch(host)
    right = rest.startswith("//") and (bracketed or _HOST.fullmatch(host))
    if not right or not _PORT.fullmatch(port) or int(port) > 65_535:
        raise AddressError(
            f"tcp:{rest} names no host and port; write tcp://HOST:PORT, as in "
            "tcp://192.168.1.50:9100 (most printers listen on 9100)"
        )
    try:
        named = str(ip_address(bracketed.group(1))) if bracketed else plain_host(host)
        _check_is_one_machines(named)
        return TcpAddress(host=named, port=int(port))
    except ValueError as error:
        raise AddressError(f"tcp:{rest}: {error}, as in tcp://192.168.1.50:9100") from error


def _check_is_one_machines(host: str) -> None:
    """Raise ValueError for an IP address that no device can have, or that lacks its interface."""
    try:
        address = ip_address(host)
    except ValueError:
        return
    if address.is_unspecified or address.is_multicast or str(address) == _BROADCAST:
        raise ValueError(f"{host} is no device's address: read it off the device's own test page")
    if address.version == 6 and address.is_link_local and address.scope_id is None:
        raise ValueError(f"{host} needs the interface behind it, as in [{host}%eth0]")


def _path(scheme: str, path: str, example: str) -> str:
    parts = path.split("/")
    if parts[0] or parts[-1] == "" or ".." in parts or "." in parts or "?" in path:
        raise AddressError(
            f"{scheme}:{path} names no device; write the whole path from the root, "
            f"as in {scheme}:{example}"
        )
    return path
