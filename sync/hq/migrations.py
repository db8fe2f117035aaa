"""Brings the database's schema up to date: schema/NNN_name.sql, in order, each exactly once."""

from pathlib import Path

from asyncpg import Connection

_SCHEMA_DIR = Path(__file__).with_name("schema")
_LOCK = 0x73746F72
"""Advisory lock of this database: two migrations at once run one after the other."""

_CREATE_RECORD = """
CREATE TABLE IF NOT EXISTS schema_migration (
    name text PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
)"""


class SchemaError(Exception):
    """The database's schema is not the one that this version works with."""


async def migrate(connection: Connection) -> list[str]:
    """Apply what is missing, each migration and its record in one transaction; return the names.

    Raises SchemaError if the database is ahead of this version.
    """
    check_encoding(connection)
    await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
    try:
        await connection.execute(_CREATE_RECORD)
        missing = await _missing(connection)
        for name in missing:
            async with connection.transaction():
                await connection.execute((_SCHEMA_DIR / name).read_text())
                await connection.execute("INSERT INTO schema_migration (name) VALUES ($1)", name)
        return missing
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def check_schema(connection: Connection) -> None:
    """Raise SchemaError unless the schema is this version's."""
    recorded = await connection.fetchval("SELECT to_regclass('schema_migration') IS NOT NULL")
    missing = await _missing(connection) if recorded else known_migrations()
    if missing:
        raise SchemaError(f"the database lacks {', '.join(missing)}: run `store-hq init` first")


def check_encoding(connection: Connection) -> None:
    """Raise SchemaError unless the database takes every sign that a name may have."""
    encoding = connection.get_settings().server_encoding
    if encoding.upper() not in ("UTF8", "UTF-8"):
        raise SchemaError(
            f"the database is encoded in {encoding} and can't hold Chinese; nothing was changed. "
            "Make it anew: createdb --owner store-hq --encoding UTF8 --locale C.UTF-8 "
            "--template template0 store_hq"
        )


def known_migrations() -> list[str]:
    """Names of this version's migrations, in order."""
    return sorted(path.name for path in _SCHEMA_DIR.glob("*.sql"))


async def _missing(connection: Connection) -> list[str]:
    rows = await connection.fetch("SELECT name FROM schema_migration")
    applied = {row["name"] for row in rows}
    known = known_migrations()
    if ahead := sorted(applied - set(known)):
        raise SchemaError(
            f"the database has {', '.join(ahead)}, which this version does not know: "
            "install the newer store-hq again"
        )
    return [name for name in known if name not in applied]
