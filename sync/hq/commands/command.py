"""What every command has in common: options, a connection, and how mistakes are told."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec

from agent.base.clock import Millis, SystemClock
from agent.base.settings import SettingsError
from agent.domain.money import parse_yuan
from sync.hq.commands.language import say, say_error
from sync.hq.commands.moment import Moment, shown
from sync.hq.commands.output import print_json, print_rows
from sync.hq.settings import HqSettings

if TYPE_CHECKING:
    from sync.hq.trust.keys import KeyStore

DONE = 0
FAILED = 1

Handler = Callable[[argparse.Namespace, HqSettings], int]


def print_mistakes(error: SettingsError) -> None:
    """Tell every mistake in the settings on stderr."""
    print(error, file=sys.stderr)


class Command:
    """One command, or one action of a command, being described to argparse."""

    def __init__(
        self,
        subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]",
        name: str,
        *,
        help: str,  # noqa: A002  # argparse's word
    ) -> None:
        summary = say(help)
        self.parser = subparsers.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + say("."),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self._actions: argparse._SubParsersAction[argparse.ArgumentParser] | None = None

    def action(self, name: str, *, help: str) -> "Command":  # noqa: A002  # argparse's word
        """Add an action, as in `store-hq stores list`."""
        if self._actions is None:
            self._actions = self.parser.add_subparsers(metavar="ACTION", required=True)
        return Command(self._actions, name, help=help)

    def option(self, *flags: str, **settings: Any) -> "Command":
        """Add an argument, as argparse's add_argument; its help is in English."""
        if "help" in settings:
            settings["help"] = say(settings["help"])
        self.parser.add_argument(*flags, **settings)
        return self

    def example(self, *lines: str) -> "Command":
        """Show examples at the end of --help."""
        self.parser.epilog = "\n".join([say("examples:"), *(f"  {line}" for line in lines)])
        return self

    def explanation(self, text: str) -> "Command":
        """Say more above the arguments in --help."""
        self.parser.description = f"{self.parser.description}\n\n{say(text)}"
        return self

    def runs(
        self,
        handler: Handler,
        *,
        tell_mistakes: Callable[[SettingsError], None] = print_mistakes,
        machine_readable: bool = True,
    ) -> None:
        """Set what the command does, and how it tells that the settings are wrong."""
        self.option(
            "--config",
            type=Path,
            metavar="FILE",
            default=argparse.SUPPRESS,
            help="settings in TOML",
        )
        if machine_readable:
            self.option("--json", action="store_true", help="print JSON")
        self.parser.set_defaults(handler=handler, tell_mistakes=tell_mistakes, alone=None)

    def runs_alone(
        self, handler: Callable[[argparse.Namespace], int], *, machine_readable: bool = True
    ) -> None:
        """Set what a command does that needs neither settings nor a database."""
        if machine_readable:
            self.option("--json", action="store_true", help="print JSON")
        self.parser.set_defaults(alone=handler)


@dataclass(frozen=True, kw_only=True)
class Session:
    """What an administrative command works with."""

    args: argparse.Namespace
    settings: HqSettings
    connection: Any
    """asyncpg.Connection"""
    now: Millis

    @property
    def key_store(self) -> "KeyStore":
        """HQ's private keys."""
        from sync.hq.trust.keys import KeyStore

        return KeyStore(Path(self.settings.paths.keys_dir))

    @property
    def as_json(self) -> bool:
        """Whether a machine reads the output."""
        return bool(self.args.json)

    @property
    def zone(self) -> ZoneInfo:
        """The chain's."""
        return ZoneInfo(self.settings.chain.timezone)

    def at(self, moment: Moment) -> Millis:
        """Return the instant that an argument means."""
        return moment.at(self.now, self.zone)

    def shown(self, instant: Millis, *, is_end: bool = False) -> str:
        """Return an instant for people."""
        return shown(instant, self.zone, is_end=is_end)

    def tell(self, value: Any, *words: str) -> None:
        """Print `value` for machines, or `words` for people, a line each."""
        if self.as_json:
            print_json(value)
        else:
            print(*words, sep="\n")

    def show(
        self, rows: Sequence[msgspec.Struct], *, empty: str, columns: Mapping[str, str]
    ) -> None:
        """Print rows as JSON or as a table of `columns`: field -> heading, both in English."""
        print_rows(rows, as_json=self.as_json, empty=empty, columns=columns, zone=self.zone)


def positive(text: str) -> int:
    """Read an argument that counts something."""
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise argparse.ArgumentTypeError(
            say("expected a whole number above 0, got {text}", text=repr(text))
        )
    return int(text)


def amount(text: str) -> int:
    """Read an argument that is a sum in yuan; return its fen."""
    try:
        return parse_yuan(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            say("expected yuan such as 12.50, got {text}", text=repr(text))
        ) from None


def place(text: str) -> int:
    """Read an argument that is a place in a journal, 0 = before the first."""
    return 0 if text == "0" else positive(text)


def administrative(work: Callable[[Session], Awaitable[None]]) -> Handler:
    """Return the handler that runs `work` with a connection and tells mistakes on stderr."""

    def handle(args: argparse.Namespace, settings: HqSettings) -> int:
        return asyncio.run(_with_connection(work, args, settings))

    return handle


async def _with_connection(
    work: Callable[[Session], Awaitable[None]], args: argparse.Namespace, settings: HqSettings
) -> int:
    from asyncpg import PostgresError, UndefinedTableError

    from sync.hq.database import LOST, REFUSED, UNAVAILABLE, connect
    from sync.hq.errors import AdminError
    from sync.hq.migrations import SchemaError

    try:
        connection = await connect(settings.database)
    except (*UNAVAILABLE, PostgresError) as error:
        return _failed(
            say("the database does not answer: {error}; check [database] dsn", error=error)
        )
    except ValueError:  # its text may hold a part of the password
        return _failed(
            "[database] dsn can't be read; postgresql://USER:PASSWORD@HOST:PORT/NAME, "
            "with %2F for a '/' in the password"
        )
    session = Session(args=args, settings=settings, connection=connection, now=SystemClock().wall())
    try:
        await _warn_if_set_back(connection, settings)
        await work(session)
    except (AdminError, SchemaError) as error:
        return _failed(say_error(error))
    except UndefinedTableError:
        return _failed(say("the database is not set up: run `store-hq init` first"))
    except REFUSED as error:
        return _failed(say("the database does not take a value: {error}", error=error))
    except LOST as error:
        return _failed(say("the database does not answer any more: {error}", error=error))
    finally:
        await connection.close()
    return DONE


async def _warn_if_set_back(connection: Any, settings: HqSettings) -> None:
    """Say on stderr if the database is a restored copy; commands work on it all the same."""
    from sync.hq.anchor import Anchor, DatabaseSetBackError

    try:
        await Anchor(settings.paths.state_dir).look(connection)
    except DatabaseSetBackError as error:
        print(f"store-hq: {error}", file=sys.stderr)


def _failed(message: str) -> int:
    print(f"store-hq: {message}", file=sys.stderr)
    return FAILED
