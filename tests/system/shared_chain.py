"""Stores of their own for tests that share a chain: each begins as a new store does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

from tests.lab.chain import Chain
from tests.lab.store_site import StoreSite

_NUMBERS = count(1)


@asynccontextmanager
async def another_store(chain: Chain, *, settings: str = "") -> AsyncIterator[StoreSite]:
    """A store that no other test knows; `settings`: more TOML for its agent."""
    site = await chain.open_store(f"AB{next(_NUMBERS):03d}", settings=settings)
    try:
        yield site
    finally:
        await site.stop()
