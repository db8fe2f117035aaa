"""The network of the test: a switch, and for each machine a link that outlives its boots."""

import subprocess

STORE_ADDRESS = "10.77.0.2"
HQ_ADDRESS = "10.77.0.1"
SPARE_ADDRESS = "10.77.0.3"
NOBODYS_ADDRESS = "10.77.0.9"
_SWITCH = "switch0"
_PREFIX = 24


def set_up_switch() -> None:
    """Make the switch; once, inside the enclosure."""
    _ip("link", "add", _SWITCH, "type", "bridge")
    _ip("link", "set", _SWITCH, "up")


def connect(name: str, address: str) -> None:
    """Make the network of machine `name` and plug it in."""
    _ip("netns", "add", name)
    _ip("link", "add", f"to-{name}", "type", "veth", "peer", "name", "eth0", "netns", name)
    _ip("link", "set", f"to-{name}", "master", _SWITCH, "up")
    _ip("-n", name, "link", "set", "lo", "up")
    _ip("-n", name, "address", "add", f"{address}/{_PREFIX}", "dev", "eth0")
    _ip("-n", name, "link", "set", "eth0", "up")


def disconnect(name: str) -> None:
    """Take the machine's network away."""
    # The kernel takes the links of a namespace away some time after it.
    _ip("link", "delete", f"to-{name}")
    _ip("netns", "delete", name)


def set_link(name: str, *, up: bool) -> None:
    """Pull the machine's cable, or put it in again."""
    _ip("link", "set", f"to-{name}", "up" if up else "down")


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)
