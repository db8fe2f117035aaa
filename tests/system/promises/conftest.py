"""What every test of the promises needs."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.promises.chain import Site


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    """One event loop for a whole test, whose rules are not coroutines."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def site(database_dsn: str, tmp_path: Path) -> Site:
    """Where chains may be built."""
    return Site(database_dsn, tmp_path)
