"""What every command has in common: options, a connection, and how mistakes are told."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.base.clock import Millis, SystemClock
from agent.base.settings import SettingsError
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
        self.parser = subparsers.add_parser(
            name,
            help=help,
            description=help[0].upper() + help[1:] + ".",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self._actions: argparse._SubParsersAction[argparse.ArgumentParser] | None = None

    def action(self, name: str, *, help: str) -> "Command":  # noqa: A002  # argparse's word
        """Add an action, as in `store-hq stores list`."""
        if self._actions is None:
            self._actions = self.parser.add_subparsers(metavar="ACTION", required=True)
        return Command(self._actions, name, help=help)

    def option(self, *flags: str, **settings: Any) -> "Command":
        """Add an argument, as argparse's add_argument."""
        self.parser.add_argument(*flags, **settings)
        return self

    def example(self, *lines: str) -> "Command":
        """Show examples at the end of --help."""
        self.parser.epilog = "\n".join(["examples:", *(f"  {line}" for line in lines)])
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
            "--config", type=Path, metavar="FILE", default=argparse.SUPPRESS, help="settings"
        )
        if machine_readable:
            self.option("--json", action="store_true", help="print JSON")
        self.parser.set_defaults(handler=handler, tell_mistakes=tell_mistakes)


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


def positive(text: str) -> int:
    """Read an argument that counts something."""
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, got {text!r}")
    return int(text)


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
        return _failed(f"the database does not answer: {error}; check [database] dsn")
    except ValueError:  # its text may hold a part of the password
        return _failed(
            "[database] dsn can't be read; postgresql://USER:PASSWORD@HOST:PORT/NAME, "
            "with %2F for a '/' in the password"
        )
    session = Session(args=args, settings=settings, connection=connection, now=SystemClock().wall())
    try:
        await work(session)
    except (AdminError, SchemaError) as error:
        return _failed(str(error))
    except UndefinedTableError:
        return _failed("the database is not set up: run `store-hq init` first")
    except REFUSED as error:
        return _failed(f"the database does not take a value: {error}")
    except LOST as error:
        return _failed(f"the database does not answer any more: {error}")
    finally:
        await connection.close()
    return DONE


def _failed(message: str) -> int:
    print(f"store-hq: {message}", file=sys.stderr)
    return FAILED
