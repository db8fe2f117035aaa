"""Scanners that are keyboards to the system, read for us alone, so that they type nowhere else.

The node speaks `struct input_event` and takes one ioctl: less than the package that wraps them,
which would need a compiler and kernel headers on each store's PC.
"""

import errno
import fcntl
from collections.abc import Callable

from drivers.address import HidAddress
from drivers.errors import LostError
from drivers.transport.link import Link
from drivers.transport.node import open_node
from drivers.transport.remedy import lost

EVIOCGRAB = 0x40044590
"""_IOW('E', 0x90, int) of linux/input.h: from now on only we get the events of this device."""

Grab = Callable[[int], None]
"""Take the input device of a descriptor for us alone; raise OSError."""


def grab_device(fd: int) -> None:
    """Grab for real; the system lets go when the descriptor is closed."""
    fcntl.ioctl(fd, EVIOCGRAB, 1)


async def open_grabbed(address: HidAddress, grab: Grab = grab_device) -> Link:
    """Open the device at `address` and grab it; raise LostError."""
    link = await open_node(address)
    try:
        grab(link.fileno())
    except OSError as error:
        await link.close()
        if error.errno in (errno.ENOTTY, errno.EINVAL):
            raise LostError(
                f"{address.path} is no input device",
                "Choose a name that ends in -event-kbd: ls -l /dev/input/by-id/",
            ) from error
        raise lost(address, error) from error
    return link
