"""What the test says while it runs."""

import sys
import time

_STARTED = time.monotonic()


def say(what: str) -> None:
    """One line for whoever watches, with the seconds since the start."""
    print(f"{time.monotonic() - _STARTED:6.1f} s  {what}", file=sys.stderr, flush=True)
