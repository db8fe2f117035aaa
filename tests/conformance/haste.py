"""How tests hurry drivers: short waits where nothing is measured by them."""

import asyncio

from msgspec import structs

from drivers.printer.options import Patience

PATIENCE = Patience(
    reply=5.0,
    find=5.0,
    quiet=0.01,
    poll=0.02,
    hold=0.05,
    look=0.02,
    busy=5.0,
    job_poll=0.01,
    silent_asks=3,
    confirmation=5.0,
    line=0.0,
    blocked=5.0,
    drawer=0.2,
)
"""For printers that answer, however busy the machine."""
HASTY = structs.replace(PATIENCE, reply=0.05, find=0.05, busy=0.1, confirmation=0.1, blocked=0.1)
"""For printers that will not answer."""


async def nap(_seconds: float) -> None:
    """Wait hardly at all before the next try."""
    await asyncio.sleep(0.002)
