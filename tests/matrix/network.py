"""A network namespace of this process's own, and rules of nftables in it: needs root."""

import ctypes
import os
import subprocess
from enum import StrEnum

_CLONE_NEWNET = 0x40000000
"""unshare(2)"""


class Trouble(StrEnum):
    """What becomes of the packets between an agent and head office."""

    DROPPED = "dropped"
    REFUSED = "refused"
    """An ICMP message says that it is not allowed, as a firewall does."""
    RESET = "reset"
    LOST_30 = "lost_30"
    """Three of ten, either way, by chance."""
    DEAF = "deaf"
    """What the agent says arrives, no answer comes back."""
    DUMB = "dumb"
    """What the agent says does not arrive."""


_RULES = {
    Trouble.DROPPED: ("tcp dport {port} drop", "tcp sport {port} drop"),
    Trouble.REFUSED: ("tcp dport {port} reject with icmpx type admin-prohibited",),
    Trouble.RESET: ("tcp dport {port} reject with tcp reset",),
    Trouble.LOST_30: (
        "tcp dport {port} numgen random mod 10 < 3 drop",
        "tcp sport {port} numgen random mod 10 < 3 drop",
    ),
    Trouble.DEAF: ("tcp sport {port} drop",),
    Trouble.DUMB: ("tcp dport {port} drop",),
}


def enter_own_network() -> None:
    """Let this thread, and whatever it starts, have a network that nobody else sees."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), "unshare")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    _nft(
        "add table inet faults\nadd chain inet faults out { type filter hook output priority 0; }\n"
    )


def trouble(ports: list[int], kind: Trouble) -> None:
    """Let `kind` befall all packets from and to the TCP ports."""
    rules = [rule.format(port=port) for port in ports for rule in _RULES[kind]]
    _nft("".join(f"add rule inet faults out {rule}\n" for rule in rules))


def mend() -> None:
    """Let everything pass again."""
    _nft("flush chain inet faults out\n")


def _nft(commands: str) -> None:
    subprocess.run(["nft", "-f", "-"], input=commands, text=True, check=True)
