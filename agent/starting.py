"""Starting: try again for a while what may pass, such as a full disk, without a new process each
time; what doesn't get better by itself ends at once."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from agent.base.logging import get_logger
from agent.base.notify import Notifier
from agent.compose import StoreAgent
from agent.ops.start_refusal import EXIT_MAY_PASS, ListenError, Refusal, refusal

AGAIN_S = 5.0
"""Between two tries."""
PATIENCE_S = 100.0
"""Tried for so long, then the process ends; less than the unit's TimeoutStartSec=."""

_log = get_logger(__name__)


async def serve(
    make: Callable[[], StoreAgent], *, notifier: Notifier, state_dir: Path, stop: asyncio.Event
) -> None:
    """Run the agent until `stop`; raises what keeps it from starting, or what ended it.

    Tries are repeated only where a service manager started it: a person is told at once.
    """
    ends_at = asyncio.get_running_loop().time() + (PATIENCE_S if notifier.is_heard else 0)
    told: Refusal | None = None
    while not stop.is_set():
        agent = make()
        try:
            return await agent.run_until(stop)
        except Exception as error:
            why = refusal(error, state_dir)
            late = asyncio.get_running_loop().time() >= ends_at
            if agent.port or late or why.exit_code != EXIT_MAY_PASS or why.code == "start_failed":
                raise
            if isinstance(error, ListenError):
                os.environ.pop("LISTEN_FDS", None)  # what systemd kept is used up
        if why != told:
            told = why
            _log.warning("start_waits", code=why.code, why=why.said)
            notifier.status(f"does not start yet: {why.said}")
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), AGAIN_S)
    return None
