"""Loading a program: what is loaded stays, so the garbage collector need not look at it.

It would look again and again while the modules come in, which was a fifth of what loading took,
and at all of them once more in each full collection of the running program.
"""

import gc
import ssl
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Import the program's modules within this; afterwards garbage is collected as ever."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def without_roots() -> Iterator[None]:
    """Import aiohttp within this, if each connection brings a TLS context of its own.

    It makes two as it is loaded and reads all roots of the system for each, which takes a tenth of
    the agent's start and 2 MB. Without roots these two believe no certificate at all.
    """
    ssl.SSLContext.set_default_verify_paths = _read_none  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        del ssl.SSLContext.set_default_verify_paths


def _read_none(_: ssl.SSLContext) -> None:
    """Read no roots."""
