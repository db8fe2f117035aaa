"""Loading a program: what is loaded stays, so the garbage collector need not look at it.

It would look again and again while the modules come in, which was a fifth of what loading took,
and at all of them once more in each full collection of the running program.
"""

import gc
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
