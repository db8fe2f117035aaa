"""store-hq run: serve the stores."""

import argparse
import asyncio
import os
import sys

from agent.base.logging import configure as configure_logging
from agent.base.logging import get_logger, log_strays
from agent.base.notify import Notifier
from sync.hq import compose
from sync.hq.commands.command import DONE, FAILED, Command
from sync.hq.migrations import SchemaError
from sync.hq.settings import HqSettings

_log = get_logger(__name__)


def configure(command: Command) -> None:
    """Describe the command."""
    command.example(
        "store-hq run",
        "STORE_HQ_SERVER__PORT=0 store-hq run      # any free port; the log says which",
    ).runs(_run, machine_readable=False)


def _run(args: argparse.Namespace, settings: HqSettings) -> int:
    configure_logging(level=settings.log.level, fmt=settings.log.format, stream=sys.stderr)
    log_strays()
    try:
        asyncio.run(compose.run(settings, notifier=Notifier.from_environ(os.environ)))
    except SchemaError as error:
        _log.error("not_started", why=str(error))
        return FAILED
    except OSError as error:
        _log.error("not_started", why=f"can't listen: {error}")
        return FAILED
    return DONE
