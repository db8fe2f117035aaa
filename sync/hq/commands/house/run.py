"""store-hq run: serve the stores."""

import argparse
import asyncio
import os
import sys

from agent.base.kept_socket import SocketKeeper
from agent.base.loading import loading
from agent.base.logging import configure as configure_logging
from agent.base.logging import get_logger, log_strays
from agent.base.notify import Notifier
from agent.base.setting_types import LogSection
from agent.base.settings import SettingsError
from sync.hq.commands.command import DONE, FAILED, Command, print_mistakes
from sync.hq.migrations import SchemaError
from sync.hq.settings import HqSettings

REFUSED = 78
"""EX_CONFIG of sysexits.h: starting again changes nothing, so systemd does not try."""

_log = get_logger(__name__)


def configure(command: Command) -> None:
    """Describe the command."""
    command.example(
        "store-hq run",
        "STORE_HQ_SERVER__PORT=0 store-hq run      # any free port; the log says which",
    ).runs(_run, tell_mistakes=_log_mistakes, machine_readable=False)


def _log_mistakes(error: SettingsError) -> None:
    """Tell the mistakes, and log them for those who look for warnings in the system journal."""
    print_mistakes(error)
    log = LogSection()
    configure_logging(level=log.level, fmt=log.format, stream=sys.stderr)
    _log.critical("not_started", why=str(error))


def _run(args: argparse.Namespace, settings: HqSettings) -> int:
    configure_logging(level=settings.log.level, fmt=settings.log.format, stream=sys.stderr)
    log_strays()
    with loading():
        from sync.hq import compose
    try:
        asyncio.run(
            compose.run(
                settings,
                notifier=Notifier.from_environ(os.environ),
                keeper=SocketKeeper.from_environ(os.environ),
            )
        )
    except SchemaError as error:
        _log.critical("not_started", why=str(error))
        return REFUSED
    except OSError as error:
        _log.critical("not_started", why=f"can't listen: {error}")
        return FAILED
    return DONE
