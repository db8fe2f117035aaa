"""Schema migrations by sqlite-utils: each migration and its record commit together.

The database itself says, in SQLite's `user_version`, from which schema on a program can work with
it: an upgrade whose scripts only add can be taken back, and an older version refuses the others.
"""

from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files

from agent.store.errors import NewerDatabaseError
from agent.store.sqlite import Connection, complete_statement

SET_NAME = "store"
ONLY_ADDS = "-- Older versions read on."
"""First line of a script after which versions that don't know it still read and write everything:
it adds tables, indexes, or columns that may be left out."""


def migrate(connection: Connection) -> None:
    """Bring the database to the newest schema; each NNN_name.sql runs once.

    Raises NewerDatabaseError if this version can't work with what a newer one made of it.
    """
    scripts = _scripts()
    if (needed := readable_from(connection)) > number_of(max(scripts)):
        raise NewerDatabaseError(
            f"a newer version wrote this database (its schema is {needed}, this version knows "
            f"{number_of(max(scripts))}). Nothing was changed: install the newer version again."
        )
    if _applied(connection) >= scripts.keys():
        return
    # Loaded only when there is work: it costs a fifth of the start.
    from sqlite_utils import Database as Tooling
    from sqlite_utils import Migrations

    migrations = Migrations(SET_NAME)
    for name in sorted(scripts):
        migrations(name=name)(_run(scripts[name]))
    connection.execute("BEGIN IMMEDIATE")  # with sqlite-utils' own table and its index
    try:
        migrations.apply(Tooling(connection))
        floor = max(floor_of(scripts), needed)
        connection.execute(f"PRAGMA user_version = {floor:d}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def readable_from(connection: Connection) -> int:
    """Return the number of the oldest schema that a program must know to work with the database."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def known_schema() -> tuple[int, int]:
    """Return the newest schema of this version, and the oldest that reads what it writes."""
    scripts = _scripts()
    return number_of(max(scripts)), floor_of(scripts)


def floor_of(scripts: dict[str, str]) -> int:
    """Return the number of the newest script that older versions can't live with."""
    return max(
        (number_of(name) for name, text in scripts.items() if not text.startswith(ONLY_ADDS)),
        default=0,
    )


def number_of(name: str) -> int:
    """Return NNN of a script's name."""
    return int(name.partition("_")[0])


@cache
def _scripts() -> dict[str, str]:
    """Return the scripts by name: they are asked for several times at each start."""
    return {
        entry.name.removesuffix(".sql"): entry.read_text("utf-8")
        for entry in files("agent.store").joinpath("schema").iterdir()
        if entry.name.endswith(".sql")
    }


def _run(script: str) -> "Callable[..., None]":
    from sqlite_utils import Database as Tooling

    def run(db: Tooling) -> None:
        for statement in statements(script):
            db.execute(statement)

    return run


def statements(script: str) -> Iterator[str]:
    """Yield the statements of a script in which each begins on a line of its own.

    Not by `executescript`: the standard one commits, and sqlite-utils' looks for the end of a
    statement after each character, which was half of a first start's work with the database.
    """
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if ";" in line and complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement


def _applied(connection: Connection) -> set[str]:
    known = connection.execute(
        "SELECT count(*) FROM sqlite_schema WHERE name = '_sqlite_migrations'"
    ).fetchone()[0]
    if not known:
        return set()
    rows = connection.execute(
        "SELECT name FROM _sqlite_migrations WHERE migration_set = ?", (SET_NAME,)
    )
    return {name for (name,) in rows}
