"""Opens whatever an address names."""

from drivers.address import OwnAddress, SerialAddress, TcpAddress
from drivers.transport.link import Link
from drivers.transport.node import open_node
from drivers.transport.serial import open_serial
from drivers.transport.tcp import open_tcp


async def open_link(address: OwnAddress) -> Link:
    """Open a connection to the device at `address`; raise LostError."""
    if isinstance(address, SerialAddress):
        return await open_serial(address)
    if isinstance(address, TcpAddress):
        return await open_tcp(address)
    return await open_node(address)
