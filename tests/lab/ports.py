"""TCP ports that stay the same while what listens on them is stopped and started again."""

import random
import socket
from contextlib import suppress

LOOPBACK = "127.0.0.1"

# Below the kernel's range for outgoing connections (32768 and up), which would take a port
# that nobody listens on for a moment.
_CANDIDATES = range(15_000, 32_768)
# Not the shared generator: Hypothesis seeds it alike in every test process.
_dice = random.SystemRandom()


def free_port() -> int:
    """A loopback port that nothing listens on, and that no outgoing connection will take."""
    while True:
        port = _dice.choice(_CANDIDATES)
        with suppress(OSError), socket.create_server((LOOPBACK, port)):
            return port
