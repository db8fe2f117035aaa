"""store-hq wallet: the page on which members see their coupons."""

import argparse
import asyncio
import os
import sys

from agent.base.loading import loading
from agent.base.logging import configure as configure_logging
from agent.base.logging import get_logger, log_strays
from agent.base.notify import Notifier
from sync.hq.commands.command import DONE, FAILED, Command
from sync.hq.migrations import SchemaError
from sync.hq.settings import HqSettings

REFUSED = 78
"""EX_CONFIG of sysexits.h: starting again changes nothing, so systemd does not try."""

_log = get_logger(__name__)


def configure(command: Command) -> None:
    """Describe the command."""
    run = command.action("run", help="serve the page until SIGTERM")
    run.explanation(
        "A process of its own: it signs the codes that it shows, with keys of its own"
        " (`store-hq keys add --wallet`), and the one that stores sync with holds none."
    )
    run.example("store-hq wallet run").runs(_run, machine_readable=False)


def _run(args: argparse.Namespace, settings: HqSettings) -> int:
    configure_logging(level=settings.log.level, fmt=settings.log.format, stream=sys.stderr)
    log_strays()
    with loading():
        from sync.hq.database import UNAVAILABLE
        from sync.hq.wallet import service
    try:
        asyncio.run(service.run(settings, notifier=Notifier.from_environ(os.environ)))
    except SchemaError as error:
        _log.critical("not_started", why=str(error))
        return REFUSED
    except (OSError, *UNAVAILABLE) as error:
        _log.critical("not_started", why=f"can't listen, or no database: {error}")
        return FAILED
    return DONE
