"""Makes devices from their addresses: the only place that names concrete drivers."""

import asyncio
from collections.abc import Callable
from functools import partial

from agent.base.clock import Clock
from drivers.address import (
    FileAddress,
    HidAddress,
    OtherAddress,
    SerialAddress,
    TcpAddress,
    UsbAddress,
    parse_address,
)
from drivers.connection import Connection, OpenLink, Sleep
from drivers.errors import AddressError
from drivers.ports import ScanListener, Scanner, StatusListener
from drivers.scanner.hid import open_grabbed
from drivers.scanner.keys import KeyDecoder
from drivers.scanner.options import ScannerOptions
from drivers.scanner.stream import Decode, StreamScanner
from drivers.third_party import MakeScanner, load_function
from drivers.transport.opening import open_link


def make_scanner(
    name: str,
    address: str,
    options: ScannerOptions,
    *,
    on_scan: ScanListener,
    on_status: StatusListener,
    clock: Clock,
    sleep: Sleep = asyncio.sleep,
) -> Scanner:
    """Return the scanner at `address`, not yet running; raise AddressError.

    Both listeners are called on the event loop and must not raise.
    """
    parsed = parse_address(address)
    if isinstance(parsed, OtherAddress):
        make: MakeScanner = load_function(parsed, "make_scanner")
        return make(name, parsed.rest, options, on_scan=on_scan, on_status=on_status, clock=clock)
    if isinstance(parsed, UsbAddress | FileAddress):
        raise AddressError(
            f"{address} is a printer's address; a scanner's is serial:/dev/ttyACM0, "
            "tcp://HOST:PORT or hid:/dev/input/by-id/NAME"
        )
    open_, make_decode = _way(parsed)
    connection = Connection(
        name=name,
        open_link=open_,
        on_status=on_status,
        clock=clock,
        sleep=sleep,
    )
    return StreamScanner(
        name=name,
        address=address,
        options=options,
        connection=connection,
        on_scan=on_scan,
        make_decode=make_decode,
    )


def _way(
    address: SerialAddress | TcpAddress | HidAddress,
) -> tuple[OpenLink, Callable[[], Decode]]:
    """How to open a scanner, and how to make what reads its bytes."""
    if isinstance(address, HidAddress):
        return partial(open_grabbed, address), _decode_keys
    return partial(open_link, address), _as_sent


def _decode_keys() -> Decode:
    return KeyDecoder().feed


def _as_sent() -> Decode:
    return bytes
