"""Schema migrations by sqlite-utils: each migration and its record commit together."""

from collections.abc import Callable
from importlib.resources import files

from agent.store.sqlite import Connection

SET_NAME = "store"


def migrate(connection: Connection) -> None:
    """Bring the database to the newest schema; each NNN_name.sql runs once."""
    scripts = {
        entry.name.removesuffix(".sql"): entry.read_text("utf-8")
        for entry in files("agent.store").joinpath("schema").iterdir()
        if entry.name.endswith(".sql")
    }
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
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _run(script: str) -> "Callable[..., None]":
    from sqlite_utils import Database as Tooling

    def run(db: Tooling) -> None:
        db.executescript(script)

    return run


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
