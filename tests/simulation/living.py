"""Lives through many histories in one process."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import structlog

from tests.simulation.loop import VirtualLoop
from tests.simulation.site import Lived, site


def log_nothing() -> None:
    silent = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=silent)


def live_blocks(part: tuple[str, Path, list[list[int]]]) -> list[Lived]:
    log_nothing()
    dsn, room, blocks = part
    return list(live_through(dsn, room, [seed for block in blocks for seed in block], False))


def live_through(dsn: str, room: Path, seeds: Sequence[int], traced: bool) -> Iterator[Lived]:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        loop.network.traced = traced

        async def all_of_them() -> list[Lived]:
            async with site(dsn, room) as here:
                return [await here.live(seed) for seed in seeds]

        yield from runner.run(all_of_them())
