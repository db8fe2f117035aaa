"""store-agent: run the agent, look at it, check its journal."""

import argparse
import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.base.loading import loading, without_roots
from agent.base.own_user import become_owner_of
from agent.base.setting_types import LogFormat, LogLevel
from agent.base.settings import SettingsError
from agent.ops.backup.command import add_commands as add_backup_commands
from agent.ops.bundle.command import add_commands as add_support_bundle
from agent.ops.cases import add_commands as add_case_commands
from agent.ops.cashiers import add_commands as add_cashier_commands
from agent.ops.devices import add_commands as add_device_commands
from agent.ops.doctor.options import add_commands as add_doctor
from agent.ops.feed import add_commands as add_feed_commands
from agent.ops.recover import add_commands as add_recover
from agent.ops.schema import add_commands as add_schema
from agent.ops.selftest.options import add_commands as add_selftest
from agent.ops.setup.enroll_options import add_commands as add_enroll
from agent.ops.setup.options import add_commands as add_setup
from agent.ops.status_options import add_commands as add_status
from agent.ops.top.command import add_commands as add_top
from agent.ops.wanted import add_commands as add_wanted
from agent.settings import Settings, load_settings

if TYPE_CHECKING:
    from agent.api.entry.keys import ApiKeys

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_REFUSED = 78
"""EX_CONFIG of sysexits.h: starting again changes nothing, so systemd does not try."""
AS_ROOT = {"check-config", "devices", "doctor", "setup", "support-bundle"}
"""What root types in these is done as root: they read what may be root's alone, write to /etc, or
look at other programs. All else is done as the owner of the state directory."""
FOR_ITSELF_ALONE = 0o077
"""Umask of the running agent: nobody else on this PC reads its files, however it was started."""

_EPILOG = """examples:
  store-agent setup                   first run: asks, tries head office, writes the settings
  store-agent check-config --config /etc/store-agent/agent.toml
  store-agent run
  store-agent status                  are sales recorded, is the line up, what waits to be synced
  store-agent status --check          one line and 0, 1, 2 or 3 for Nagios, Zabbix and the like
  store-agent doctor                  what is wrong with this PC, why, and what mends it
  store-agent wanted-version          the version that head office wants here, for a timer
  store-agent top                     scans, queue, line and devices, live
  store-agent support-bundle          one file for the support, without anybody's secrets
  store-agent outbox list --limit 20  events that HQ has not acknowledged
  store-agent outbox verify           check the whole journal's hash chain
  store-agent outbox compare          does head office hold the same journal?
  store-agent outbox parked           what head office could not apply, in words
  store-agent cases                   coupons used twice, and how HQ judged
  store-agent feed parked             what HQ told and this version can't read, and what mends it
  store-agent api-key add pos-1       a key for a POS; it is shown once
  store-agent api-key list            who has a key
  store-agent api-key remove pos-1    take the key away
  store-agent selftest --key sk_…     a POS's day in training mode: what is right, what to mend
  store-agent cashier add 1001 --name 安娜    let somebody sign in at the till page
  store-agent cashier unlock 1001             end the lock after wrong PINs
  store-agent devices                 what is plugged in, its state and what mends it
  store-agent devices calibrate       three scans, and the scanner's settings are written
  store-agent backup now              a copy on another disk, encrypted, read back and rotated
  store-agent backup restore --key F  the newest copy, in the place of a lost or damaged database
  store-agent enroll CODE             make this machine a store's, with a code of head office
  store-agent recover FILE            what a damaged database holds and head office never had
  store-agent test-print              a test page, and what the printer answered

Settings come from /etc/store-agent/agent.toml (or --config FILE), FILE.d/*.toml and
STORE_AGENT_SECTION__NAME, e.g. STORE_AGENT_API__PORT.
Exit status: 0 done, 1 could not be done (the message says what to do), 2 wrong usage or settings,
78 run does not serve what it finds on disk: it has to be looked at first.
"""


def main(argv: list[str] | None = None) -> int:
    """Run one command; return 0 done, 1 failed, 2 wrong usage or settings, 78 start refused."""
    arguments = _parser().parse_args(argv)
    if first_run := getattr(arguments, "first_run", None):  # there are no settings yet
        code: int = first_run(arguments)
        return code
    try:
        settings = load_settings(arguments.config, os.environ)
    except SettingsError as error:
        if arguments.command is _run:
            _configure_log("info", "auto")
            return _not_started(str(error), EXIT_USAGE, "settings_wrong")
        if "takes_mistakes" in arguments:
            return int(arguments.takes_mistakes(error, arguments))
        print(error, file=sys.stderr)
        return EXIT_USAGE
    if arguments.word not in AS_ROOT and "as_root" not in arguments:
        still_reads = "reads_what_root_names" in arguments
        become_owner_of(Path(settings.paths.state_dir), still_reads=still_reads)
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
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="word")
    add_setup(commands, common)
    add_enroll(commands, common)
    _add(commands, "run", _run, "serve the till until stopped", common)
    add_status(commands, readable)
    _add(
        commands,
        "check-config",
        _check_config,
        "check the settings, all mistakes at once",
        readable,
    )
    add_doctor(commands, readable)
    add_support_bundle(commands, common)
    add_top(commands, common)
    add_selftest(commands, readable)
    add_wanted(commands, readable)
    outbox = commands.add_parser("outbox", help="events on their way to head office")
    parts = outbox.add_subparsers(required=True, metavar="list|verify|compare|parked|export|import")
    listing = _add(parts, "list", _outbox_list, "events that HQ has not acknowledged", readable)
    listing.add_argument("--limit", type=_count, default=50, help="at most so many (50)")
    verifying = _add(
        parts, "verify", _outbox_verify, "check the whole journal's hash chain", readable
    )
    verifying.add_argument(
        "--paper",
        metavar="SEQ:HASH",
        type=_place_on_paper,
        help="and whether it holds what the line 流水校验 of a Z report says",
    )
    _add(parts, "compare", _outbox_compare, "does head office hold the same?", readable)
    about_parked = "what head office could not apply, and why"
    parked = _add(parts, "parked", _outbox_parked, about_parked, readable)
    parked.add_argument("--all", action="store_true", help="those that are settled there, too")
    exporting = _add(
        parts, "export", _outbox_export, "copy what was never sent, for a new PC", common
    )
    exporting.add_argument("file", type=Path, help="a new file, such as on a stick")
    exporting.set_defaults(as_root=True)  # until it has opened the file
    importing = _add(
        parts, "import", _outbox_import, "bring it in on the new PC; the agent is stopped", readable
    )
    importing.add_argument("file", type=Path, help="what `outbox export` wrote on the old PC")
    importing.add_argument("--supervisor", required=True, metavar="NUMBER", help="who says so")
    importing.add_argument("--pin-stdin", action="store_true", help="the PIN is not asked for")
    importing.set_defaults(key=None, reads_what_root_names=True)
    add_feed_commands(commands, readable)
    add_case_commands(commands, readable)
    keys = commands.add_parser("api-key", help="keys of the local API")
    key_parts = keys.add_subparsers(required=True, metavar="add|list|remove")
    adding = _add(key_parts, "add", _api_key_add, "make a key for a client", common)
    _add(key_parts, "list", _api_key_list, "the names of the clients that have a key", readable)
    removing = _add(key_parts, "remove", _api_key_remove, "take a client's key away", common)
    for parsing in (adding, removing):
        parsing.add_argument("client", help="name of the POS or program, such as pos-1")
    add_cashier_commands(commands, common, readable)
    add_schema(commands, common)
    add_device_commands(commands, common, readable)
    add_backup_commands(commands, common, readable)
    add_recover(commands, readable)
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
    # Its connections to head office have what sync.transport.tls makes.
    with loading(), without_roots():
        from agent.base.notify import Notifier, NotifyError
        from agent.compose import StoreAgent
        from agent.ops.start_refusal import ListenError, refusal
        from agent.starting import serve
        from agent.store.errors import StoreError

    _configure_log(settings.log.level, settings.log.format)
    os.umask(FOR_ITSELF_ALONE)
    state_dir = Path(settings.paths.state_dir)

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        notifier = Notifier.from_environ(os.environ)
        await serve(
            lambda: StoreAgent(settings, notifier=notifier),
            notifier=notifier,
            state_dir=state_dir,
            stop=stop,
        )

    try:
        asyncio.run(run())
    except (StoreError, OSError, ListenError, NotifyError) as error:
        why = refusal(error, state_dir)
        return _not_started(why.said, why.exit_code, why.code)
    return 0


def _configure_log(level: LogLevel, fmt: LogFormat) -> None:
    from agent.base.logging import configure, log_strays

    configure(level=level, fmt=fmt, stream=sys.stderr)
    log_strays()


def _not_started(why: str, exit_code: int, code: str) -> int:
    """Tell people why, and `journalctl -p warning` with a line of its own; return `exit_code`."""
    from agent.base.logging import get_logger

    print(f"store-agent does not start: {why}", file=sys.stderr)
    get_logger(__name__).critical("not_started", code=code, why=why, exit_code=exit_code)
    return exit_code


def _check_config(settings: Settings, arguments: argparse.Namespace) -> int:
    import msgspec

    from agent.ops.device_settings import mistakes_of_devices
    from agent.ops.place_settings import mistakes_of_place
    from agent.ops.pos_pages import notes_on_pages

    if mistakes := [*mistakes_of_devices(settings), *mistakes_of_place(settings)]:
        print("\n".join(mistakes), file=sys.stderr)
        return EXIT_FAILED
    if arguments.json:
        print(msgspec.json.encode(settings).decode())
    else:
        print(
            f"The settings are good: store {settings.store.code}, "
            f"state in {settings.paths.state_dir}, HQ at {', '.join(settings.hq.urls) or 'none'}."
        )
        for note in notes_on_pages(settings.api.allowed_origins, port=settings.api.port):
            print(note)
    return 0


def _outbox_list(settings: Settings, arguments: argparse.Namespace) -> int:
    from agent.ops.outbox import list_outbox

    return list_outbox(settings, limit=arguments.limit, as_json=arguments.json)


def _outbox_export(settings: Settings, arguments: argparse.Namespace) -> int:
    from agent.ops.outbox_move import export_outbox

    return export_outbox(settings, arguments.file)


def _outbox_import(settings: Settings, arguments: argparse.Namespace) -> int:
    from agent.ops.outbox_move import import_outbox

    return import_outbox(settings, arguments)


def _outbox_verify(settings: Settings, arguments: argparse.Namespace) -> int:
    from agent.ops.outbox import OnPaper, verify_journal

    paper = OnPaper(*arguments.paper) if arguments.paper else None
    return verify_journal(settings, paper=paper, as_json=arguments.json)


def _outbox_compare(settings: Settings, arguments: argparse.Namespace) -> int:
    from agent.ops.outbox_compare import compare

    return compare(settings, as_json=arguments.json)


def _outbox_parked(settings: Settings, arguments: argparse.Namespace) -> int:
    from agent.ops.outbox_parked import list_parked

    return list_parked(settings, settled=arguments.all, as_json=arguments.json)


def _api_key_add(settings: Settings, arguments: argparse.Namespace) -> int:
    return _with_keys(settings, lambda keys: keys.add(arguments.client))


def _api_key_list(settings: Settings, arguments: argparse.Namespace) -> int:
    def told(keys: "ApiKeys") -> str:
        names = keys.names()
        return json.dumps(names) if arguments.json else "\n".join(names) or "No client has a key."

    return _with_keys(settings, told)


def _api_key_remove(settings: Settings, arguments: argparse.Namespace) -> int:
    def told(keys: "ApiKeys") -> str:
        keys.remove(arguments.client)
        return f"The key of {arguments.client} counts no longer."

    return _with_keys(settings, told)


def _with_keys(settings: Settings, work: "Callable[[ApiKeys], str]") -> int:
    """Print what `work` tells; say what stood in its way."""
    from agent.api.entry.keys import ApiKeys, ClientNameError, UnknownClientError
    from agent.state_dir import API_KEYS_DIR

    directory = Path(settings.paths.state_dir) / API_KEYS_DIR
    try:
        print(work(ApiKeys(directory)))
    except ClientNameError as error:
        print(error, file=sys.stderr)
        return EXIT_USAGE
    except UnknownClientError as error:
        print(error, file=sys.stderr)
        return EXIT_FAILED
    except OSError as error:
        print(
            f"the keys in {directory} can't be used: {error}. The agent makes the directory when "
            "it first runs; store-agent doctor --only permissions tells whose it is",
            file=sys.stderr,
        )
        return EXIT_FAILED
    return 0


def _place_on_paper(text: str) -> tuple[int, str]:
    found = re.fullmatch(r"([1-9][0-9]{0,15}):([0-9a-f]{6,64})", text.strip().lower())
    if found is None:
        raise argparse.ArgumentTypeError(f"expected it as printed, 4711:3fa90c117b2e, got {text!r}")
    return int(found[1]), found[2]


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, got {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
