"""What to say of a connection that failed: what happened, and what exactly mends it."""

import errno
import grp
import os
import socket
import stat

from drivers.address import (
    FileAddress,
    HidAddress,
    OwnAddress,
    SerialAddress,
    TcpAddress,
    UsbAddress,
)
from drivers.errors import LostError

SERVICE_USER = "store-agent"
"""Whom the package runs the service as."""

_NodeAddress = SerialAddress | HidAddress | UsbAddress | FileAddress

_GONE = {errno.ENODEV, errno.EIO, errno.ENXIO, errno.EPIPE, errno.ECONNRESET}
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
        return LostError(
            f"{_place(address)} closed the connection",
            "Look whether it is switched on; many printers serve one computer at a time",
        )
    if isinstance(address, FileAddress):
        return LostError(f"{address.path} is closed")
    return LostError(f"{address.path} is unplugged", "Plug it in again; it is found by itself")


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
    if error.errno in _GONE:
        return closed(address)
    return LostError(f"{place}: {_said(error)}", f"ping -c 3 {address.host}")


def _lost_node(address: _NodeAddress, error: OSError) -> LostError:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return LostError(f"nothing is at {address.path}", _list(address))
    if error.errno in _FORBIDDEN:
        return LostError(f"{address.path} may not be opened", _permit(address, error))
    if error.errno in _BUSY:
        return LostError(
            f"{address.path} is in use by another program", f"sudo fuser -v {address.path}"
        )
    if error.errno in _GONE:
        return closed(address)
    return LostError(f"{address.path}: {_said(error)}", _list(address))


def _place(address: TcpAddress) -> str:
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"{host}:{address.port}"


def _said(error: OSError) -> str:
    return error.strerror or str(error)


def _list(address: _NodeAddress) -> str:
    """How to find out what is there."""
    if isinstance(address, FileAddress):
        return f"sudo mkdir -p {os.path.dirname(address.path)}"
    directory = {
        SerialAddress: "/dev/serial/by-id/",
        HidAddress: "/dev/input/by-id/",
        UsbAddress: "/dev/usb/",
    }[type(address)]
    return f"Plug it in; what is plugged in: ls -l {directory}"


def _permit(address: _NodeAddress, error: OSError) -> str:
    """The command that lets this user in: into the node's group, or else a udev rule.

    EPERM comes from the service's list of devices (systemd.resource-control(5), DeviceAllow).
    """
    group = _group(address.path)
    if isinstance(address, FileAddress):
        return f"sudo setfacl -m u:{SERVICE_USER}:rwx {os.path.dirname(address.path)}"
    if error.errno == errno.EPERM:
        return (
            f"sudo systemctl edit store-agent, add [Service] and DeviceAllow={address.path} rw; "
            "then sudo systemctl restart store-agent"
        )
    if group:
        return f"sudo usermod -aG {group} {SERVICE_USER} && sudo systemctl restart store-agent"
    subsystem = {SerialAddress: "tty", HidAddress: "input", UsbAddress: "usbmisc"}[type(address)]
    rule = f'SUBSYSTEM=="{subsystem}", GROUP="{SERVICE_USER}", MODE="0660"'
    return (
        f"echo '{rule}' | sudo tee /etc/udev/rules.d/70-store-agent.rules && "
        "sudo udevadm control --reload && sudo udevadm trigger"
    )


def _group(path: str) -> str:
    """The group that may read and write the node; empty if that is root's, or none."""
    try:
        node = os.stat(path)
        name = grp.getgrgid(node.st_gid).gr_name
    except (OSError, KeyError):
        return ""
    return name if node.st_mode & stat.S_IRWXG >= 0o60 and node.st_gid else ""
