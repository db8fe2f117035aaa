"""The time of an NTP server, asked once (SNTP, RFC 4330); which servers this PC is set to."""

import re
import socket
import struct
import time
from pathlib import Path

PORT = 123
_EPOCH_1900_S = 2_208_988_800
"""From NTP's beginning, 1900, to Unix's."""
_CLIENT, _SERVER = 0x23, 4
"""Version 4, mode 3; and the mode of an answer."""
_CONFIGURED = re.compile(r"^\s*(?:NTP=|server\s+|pool\s+)(\S+)", re.MULTILINE)
_FILES = (
    "systemd/timesyncd.conf",
    "systemd/timesyncd.conf.d/*.conf",
    "chrony/chrony.conf",
    "chrony/sources.d/*.sources",
    "ntp.conf",
    "ntpsec/ntp.conf",
)


def ahead_s(server: str, *, port: int = PORT, timeout_s: float = 3.0) -> float:
    """Return how far this PC's clock is ahead of `server`'s; OSError if it does not tell."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(timeout_s)
        line.connect((server, port))
        sent = time.time()
        line.send(struct.pack("!B47x", _CLIENT))
        answer = line.recv(512)
        received = time.time()
    if len(answer) < 48 or answer[0] & 7 != _SERVER or answer[1] == 0:
        raise OSError(f"{server} does not know the time")
    came, left = _seconds(answer[32:40]), _seconds(answer[40:48])
    return ((sent - came) + (received - left)) / 2


def servers(etc: Path = Path("/etc")) -> tuple[str, ...]:
    """Return the servers in the settings of timesyncd, chrony or ntpd; none where none is named."""
    files = (file for pattern in _FILES for file in sorted(etc.glob(pattern)))
    found = (name for file in files for name in _CONFIGURED.findall(_read(file)))
    return tuple(dict.fromkeys(found))


def _seconds(stamp: bytes) -> float:
    whole, part = struct.unpack("!II", stamp)
    return float(whole) - _EPOCH_1900_S + float(part) / 2**32


def _read(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""
