"""The exact command that lets the service open a node of the file system."""

import errno
import grp
import os
import re
import stat
from pathlib import Path

from drivers.address import FileAddress, HidAddress, SerialAddress, UsbAddress

SERVICE_USER = "store-agent"
"""Whom the package runs the service as."""
RULES = "/etc/udev/rules.d/61-store-agent-devices.rules"
"""A store's own, beside the package's 60-store-agent-devices.rules."""

NodeAddress = SerialAddress | HidAddress | UsbAddress | FileAddress

_INPUT = Path("/sys/class/input")
_KEYBOARDS = 'SUBSYSTEM=="input", KERNEL=="event*"'
_OVERFLOW_GID = Path("/proc/sys/kernel/overflowgid")
"""Stands for the groups that the service's own user namespace does not know (PrivateUsers=)."""


def permit(address: NodeAddress, error: OSError) -> str:
    """Return the command; EPERM comes from the service's list of devices (DeviceAllow=)."""
    if isinstance(address, FileAddress):
        return f"sudo setfacl -m u:{SERVICE_USER}:rwx {os.path.dirname(address.path)}"
    if error.errno == errno.EPERM:
        return (
            f"sudo systemctl edit store-agent, add [Service] and DeviceAllow={address.path} rw; "
            "then sudo systemctl restart store-agent"
        )
    if isinstance(address, HidAddress):
        return _permit_keyboard(address)
    if group := _group(address.path):
        return f"sudo usermod -aG {group} {SERVICE_USER} && sudo systemctl restart store-agent"
    subsystem = "tty" if isinstance(address, SerialAddress) else "usbmisc"
    kind = re.sub(r"\d+\Z", "[0-9]*", os.path.basename(os.path.realpath(address.path)))
    return _add_rule(f'SUBSYSTEM=="{subsystem}", KERNEL=="{kind}"')


def _permit_keyboard(address: HidAddress) -> str:
    """Never by the group `input`: that reads the keyboard, too, on which PINs are typed."""
    bluetooth = _fact(address.path, "uniq") if _fact(address.path, "id/bustype") == "0005" else ""
    if bluetooth:  # it has no USB device above it, whose maker could be asked for
        return _add_rule(f'{_KEYBOARDS}, ATTRS{{uniq}}=="{bluetooth}"')
    maker = _fact(address.path, "id/vendor")
    command = _add_rule(f'{_KEYBOARDS}, ATTRS{{idVendor}}=="{maker or "1234"}"')
    return command if maker else f"With its maker's number (lsusb) in place of 1234: {command}"


def _add_rule(which: str) -> str:
    rule = f'{which}, GROUP="{SERVICE_USER}", MODE="0660"'
    return (
        f"echo '{rule}' | sudo tee -a {RULES} && "
        "sudo udevadm control --reload && sudo udevadm trigger"
    )


def _fact(path: str, name: str) -> str:
    """What the system knows of an input device, such as its maker's number, as in `lsusb`."""
    event = os.path.basename(os.path.realpath(path))
    try:
        return (_INPUT / event / "device" / name).read_text().strip()
    except OSError:
        return ""


def _group(path: str) -> str:
    """The group that may read and write the node; empty if that is root's, or none."""
    try:
        node = os.stat(path)
        if node.st_mode & stat.S_IRWXG < 0o60 or not node.st_gid:
            return ""
        if node.st_gid == int(_OVERFLOW_GID.read_text()):
            return f"$(stat -Lc %G {path})"  # whoever runs the command sees it
        return grp.getgrgid(node.st_gid).gr_name
    except (OSError, KeyError):
        return ""
