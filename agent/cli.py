"""store-agent: run the agent, look at it, check its journal."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.base.settings import SettingsError
from agent.settings import Settings, load_settings

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_REFUSED = 78
"""EX_CONFIG of sysexits.h: starting again changes nothing, so systemd does not try."""

_EPILOG = """examples:
  store-agent check-config --config /etc/store-agent/agent.toml
  store-agent run
  store-agent status                  is the line up, what waits to be synced
  store-agent outbox list --limit 20  events that HQ has not acknowledged
  store-agent outbox verify           check the whole journal's hash chain
  store-agent api-key add pos-1       a key for a POS; it is shown once
"""


def main(argv: list[str] | None = None) -> int:
    """Run one command; return 0 done, 1 failed, 2 wrong usage or settings, 78 start refused."""
    arguments = _parser().parse_args(argv)
    try:
        settings = load_settings(arguments.config, os.environ)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return EXIT_USAGE
    command: Callable[[Settings, argparse.Namespace], int] = arguments.command
    return command(settings, arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="store-agent",
        description="The agent beside the till: redeems coupons and records sales with or without "
        "the line to head office.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--config", type=Path, help="settings file (/etc/store-agent/agent.toml)")
    readable = argparse.ArgumentParser(add_help=False, parents=[common])
    readable.add_argument("--json", action="store_true", help="print JSON for a machine to read")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(commands, "run", _run, "serve the till until stopped", common)
    _add(commands, "status", _status, "how the running agent stands", readable)
    _add(
        commands,
        "check-config",
        _check_config,
        "check the settings, all mistakes at once",
        readable,
    )
    outbox = commands.add_parser("outbox", help="events on their way to head office")
    parts = outbox.add_subparsers(required=True, metavar="list|verify")
    listing = _add(parts, "list", _outbox_list, "events that HQ has not acknowledged", readable)
    listing.add_argument("--limit", type=int, default=50, help="at most so many (50)")
    _add(parts, "verify", _outbox_verify, "check the whole journal's hash chain", readable)
    keys = commands.add_parser("api-key", help="keys of the local API")
    key_parts = keys.add_subparsers(required=True, metavar="add")
    adding = _add(key_parts, "add", _api_key_add, "make a key for a client", common)
    adding.add_argument("client", help="name of the POS or program, such as pos-1")
    return parser


def _add(
    commands: Any,
    name: str,
    command: Callable[[Settings, argparse.Namespace], int],
    about: str,
    parent: argparse.ArgumentParser,
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=about, description=about, parents=[parent]
    )
    parser.set_defaults(command=command)
    return parser


def _run(settings: Settings, _: argparse.Namespace) -> int:
    # Each command loads what it needs: `run` must be up fast and small, the rest needs no server.
    from agent.base.logging import configure, log_strays
    from agent.base.notify import Notifier
    from agent.compose import StoreAgent
    from agent.store.errors import StartRefusedError, StoreError

    configure(level=settings.log.level, fmt=settings.log.format, stream=sys.stderr)
    log_strays()

    async def serve() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await StoreAgent(settings, notifier=Notifier.from_environ(os.environ)).run_until(stop)

    try:
        asyncio.run(serve())
    except StartRefusedError as error:
        print(f"store-agent does not start: {error}", file=sys.stderr)
        return EXIT_REFUSED
    except (StoreError, OSError) as error:
        print(f"store-agent does not start: {error}", file=sys.stderr)
        return EXIT_FAILED
    return 0


def _status(settings: Settings, arguments: argparse.Namespace) -> int:
    from agent.ops.status import show_status

    return show_status(settings, as_json=arguments.json)


def _check_config(settings: Settings, arguments: argparse.Namespace) -> int:
    import msgspec

    if arguments.json:
        print(msgspec.json.encode(settings).decode())
    else:
        print(
            f"The settings are good: store {settings.store.code}, "
            f"state in {settings.paths.state_dir}, HQ at {', '.join(settings.hq.urls) or 'none'}."
        )
    return 0


def _outbox_list(settings: Settings, arguments: argparse.Namespace) -> int:
    from agent.ops.outbox import list_outbox

    return list_outbox(settings, limit=arguments.limit, as_json=arguments.json)


def _outbox_verify(settings: Settings, arguments: argparse.Namespace) -> int:
    from agent.ops.outbox import verify_journal

    return verify_journal(settings, as_json=arguments.json)


def _api_key_add(settings: Settings, arguments: argparse.Namespace) -> int:
    from agent.api.keys import ApiKeys, ClientNameError
    from agent.state_dir import API_KEYS_DIR

    try:
        print(ApiKeys(Path(settings.paths.state_dir) / API_KEYS_DIR).add(arguments.client))
    except ClientNameError as error:
        print(error, file=sys.stderr)
        return EXIT_USAGE
    return 0


if __name__ == "__main__":
    sys.exit(main())
