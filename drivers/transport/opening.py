"""Opens whatever an address names."""

from collections.abc import Awaitable, Callable
from functools import partial

from drivers.address import OwnAddress, SerialAddress, TcpAddress
from drivers.transport.link import Link
from drivers.transport.node import open_node
from drivers.transport.tcp import TcpOpener


def opener(address: OwnAddress) -> Callable[[], Awaitable[Link]]:
    """Return what opens a connection to the device at `address`, each time; raises LostError."""
    if isinstance(address, SerialAddress):
        from drivers.transport.serial import open_serial  # pyserial: only if there is such a line

        return partial(open_serial, address)
    if isinstance(address, TcpAddress):
        return TcpOpener(address).open
    return partial(open_node, address)
