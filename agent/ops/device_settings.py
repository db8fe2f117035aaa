"""What is wrong with the devices in the settings, told before anything is plugged in."""

import os
from collections.abc import Iterator

from agent.base.clock import SystemClock
from agent.services.desk.news import News
from agent.settings import Settings
from agent.till_devices import make_devices
from drivers.address import (
    FileAddress,
    HidAddress,
    SerialAddress,
    TcpAddress,
    UsbAddress,
    parse_address,
)


def mistakes_of_devices(settings: Settings) -> Iterator[str]:
    """Give a sentence for each device that can't be made, and for each two that are one."""
    for failed in make_devices(settings, news=News(), clock=SystemClock()).unusable():
        yield f"[{failed.kind}] {failed.address} can't be used: {failed.detail}"
    known: dict[str, str] = {}
    for section, address in _addresses(settings):
        device, place = f"[{section}] {address}", _place(address)
        if place in known:
            yield (
                f"{device} is the device of {known[place]}, too: only one of them could use it; "
                "take one out"
            )
        elif place:
            known[place] = device


def _addresses(settings: Settings) -> Iterator[tuple[str, str]]:
    """Each device that the settings name, with its section."""
    for address in settings.scanner.addresses:
        yield "scanner", address
    for section, address in (
        ("printer", settings.printer.address),
        ("display", settings.display.address),
    ):
        if address:
            yield section, address


def _place(address: str) -> str:
    """Return what is opened, whichever of its names is used; empty for what may be shared."""
    match parse_address(address):
        case TcpAddress(host=host, port=port):
            return f"{host}:{port}"
        case SerialAddress() | HidAddress() | UsbAddress() | FileAddress() as node:
            return os.path.realpath(node.path)
        case _:
            return ""
