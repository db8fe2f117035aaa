"""Hosts written as numbers, as people mean them.

The system reads 050 as octal, three parts or one as a whole address, and 0x as hexadecimal
(inet_aton): "192.168.001.050", as printers print it, would be another machine.
"""

import re
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*", re.ASCII)
_PART = re.compile(r"[0-9]{1,3}", re.ASCII)
_PARTS = 4
_LARGEST_PART = 255


def plain_host(host: str) -> str:
    """Return `host`, an IPv4 address without leading zeros; raise ValueError if it is no address.

    A host whose last part is a number is an address (WHATWG URL, "ends in a number").
    """
    parts = host.removesuffix(".").split(".")
    if not _NUMBER.fullmatch(parts[-1]):
        return host
    if len(parts) != _PARTS or not all(map(_is_part, parts)) or host.endswith("."):
        raise ValueError(f"{host} is no IP address: it has four numbers from 0 to {_LARGEST_PART}")
    return ".".join(str(int(part)) for part in parts)


def is_plain_host(host: str) -> bool:
    """Whether every program reads `host` as people do."""
    try:
        return plain_host(host) == host
    except ValueError:
        return False


def is_plain_url(url: str) -> bool:
    """Whether every program finds the host of `url` as people do, on a port that there is."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and is_plain_host(parts.hostname or "") and parts.port != 0
    except ValueError:
        return False


def is_loopback(address: str) -> bool:
    """Whether `address` of a peer is this machine's own; one that is none is not."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (mapped or found).is_loopback


def _is_part(part: str) -> bool:
    return bool(_PART.fullmatch(part)) and int(part) <= _LARGEST_PART
