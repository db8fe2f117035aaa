"""What to say of a connection that failed: what happened, and what exactly mends it."""

import errno
import os
import socket

from drivers.address import (
    FileAddress,
    HidAddress,
    OwnAddress,
    SerialAddress,
    TcpAddress,
    UsbAddress,
)
from drivers.errors import EndedError, LostError
from drivers.taken import USB_DEVICES, taken_printers
from drivers.transport.rights import SERVICE_USER, NodeAddress, permit

STATE_DIR = "/var/lib/store-agent"
"""Where the service may write; nowhere else (ProtectSystem=strict)."""

_SWITCHED_OFF = "Look whether it is switched on; many printers serve one computer at a time"
_GONE = {errno.ENODEV, errno.EIO, errno.ENXIO, errno.EPIPE, errno.ECONNRESET}
_MISSING = {errno.ENOENT, errno.ENOTDIR}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_BUSY = {errno.EBUSY, errno.EAGAIN}
_FORBIDDEN = {errno.EACCES, errno.EPERM}
_UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT, errno.EHOSTDOWN}


def lost(address: OwnAddress, error: OSError) -> LostError:
    """Say what `error`, met while opening or using the device, means and how it is mended."""
    if isinstance(address, TcpAddress):
        return _lost_tcp(address, error)
    return _lost_node(address, error)


def closed(address: OwnAddress) -> LostError:
    """Say that the other side ended the connection."""
    if isinstance(address, TcpAddress):
        return LostError(f"{_place(address)} closed the connection", _SWITCHED_OFF)
    if isinstance(address, FileAddress):
        return LostError(f"{address.path} is closed")
    return _taken(address) or LostError(
        f"{address.path} is unplugged", "Plug it in again; it is found by itself"
    )


def ended(address: OwnAddress) -> LostError:
    """Say that nothing more comes; in order, if that can be known."""
    if isinstance(address, TcpAddress):
        return EndedError(f"{_place(address)} closed the connection", _SWITCHED_OFF)
    return closed(address)


def _lost_tcp(address: TcpAddress, error: OSError) -> LostError:
    place = _place(address)
    if isinstance(error, socket.gaierror):
        found = "can't be looked up now" if error.errno == socket.EAI_AGAIN else "is not known here"
        return LostError(
            f"the name {address.host} {found}",
            f"Write its IP address in the settings, or look it up: getent hosts {address.host}",
        )
    if error.errno == errno.ECONNREFUSED:
        return LostError(
            f"nothing listens at {place}",
            f"Look whether port {address.port} is the device's; most printers listen on 9100",
        )
    if isinstance(error, TimeoutError) or error.errno in _UNREACHABLE:
        return LostError(
            f"{place} does not answer",
            f"Look at its power and network cable; then: ping -c 3 {address.host}",
        )
    if error.errno in _FORBIDDEN:
        return LostError(
            f"the service may not reach {place}",
            f"sudo systemctl edit store-agent, add [Service] and IPAddressAllow={address.host}; "
            "then sudo systemctl restart store-agent",
        )
    if error.errno in _GONE:
        return closed(address)
    return LostError(f"{place}: {_said(error)}", f"ping -c 3 {address.host}")


def _lost_node(address: NodeAddress, error: OSError) -> LostError:
    if isinstance(address, FileAddress):
        return _lost_file(address, error)
    if error.errno in _MISSING:
        return _taken(address) or LostError(f"nothing is at {address.path}", _list(address))
    if error.errno in _FORBIDDEN:
        return LostError(f"{address.path} may not be opened", permit(address, error))
    if error.errno in _BUSY:
        return LostError(
            f"{address.path} is in use by another program", f"sudo fuser -v {address.path}"
        )
    if error.errno in _GONE:
        return closed(address)
    return LostError(f"{address.path}: {_said(error)}", _list(address))


def _lost_file(address: FileAddress, error: OSError) -> LostError:
    directory = os.path.dirname(address.path)
    if error.errno in _FORBIDDEN:
        return LostError(f"{address.path} may not be opened", permit(address, error))
    if error.errno in _MISSING:
        remedy = f"sudo install -d -o {SERVICE_USER} {directory}"
    elif error.errno in _FULL:
        remedy = f"Make room: df -h {directory}"
    else:
        remedy = f"Choose a file below {STATE_DIR}: the service may write nowhere else"
    return LostError(f"{address.path}: {_said(error)}", remedy)


def _taken(address: NodeAddress) -> LostError | None:
    """A USB printer that has no node though it is plugged in; None if there is none."""
    if not isinstance(address, UsbAddress):
        return None
    for taken in taken_printers(USB_DEVICES):
        return LostError(f"nothing is at {address.path}: {taken.detail}", taken.remedy)
    return None


def _place(address: TcpAddress) -> str:
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"{host}:{address.port}"


def _said(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else str(error)


def _list(address: SerialAddress | HidAddress | UsbAddress) -> str:
    """How to find out what is there."""
    directory = {
        SerialAddress: "/dev/serial/by-id/",
        HidAddress: "/dev/input/by-id/",
        UsbAddress: "/dev/usb/",
    }[type(address)]
    return f"Plug it in; what is plugged in: ls -l {directory}"
