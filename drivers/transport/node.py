"""Nodes of the file system: printers at usblp, key devices, and plain files to append to."""

import os

from drivers.address import FileAddress, HidAddress, UsbAddress
from drivers.transport.link import Link
from drivers.transport.remedy import lost

_FILE_MODE = 0o640
_FLAGS = {
    HidAddress: os.O_RDONLY,
    UsbAddress: os.O_RDWR,
    FileAddress: os.O_WRONLY | os.O_APPEND | os.O_CREAT,
}


async def open_node(address: HidAddress | UsbAddress | FileAddress) -> Link:
    """Open the node at `address`, making a plain file if it is not there; raise LostError."""
    flags = _FLAGS[type(address)] | os.O_NONBLOCK | os.O_NOCTTY
    try:
        return Link(os.open(address.path, flags, _FILE_MODE), address)
    except OSError as error:
        raise lost(address, error) from error
