"""Doing two things at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def together(*works: Callable[[], object]) -> None:
    """Do all of `works` at the same time; when all are done, raise what the first one raised."""
    with ThreadPoolExecutor(len(works)) as pool:
        for doing in [pool.submit(work) for work in works]:
            doing.result()
