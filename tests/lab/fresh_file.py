"""Fresh store databases, cheaply: the schema is made once in a process, and copied."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from agent.store.database import Database
from agent.store.migrations import migrate
from agent.store.sqlite import connect


def fresh_database(file: Path) -> Database:
    """Return the database of `file`, to be opened: with an empty schema if there was no file."""
    if not file.exists():
        file.write_bytes(_migrated())
    return Database(file)


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as directory:
        file = Path(directory) / "store.db"
        connection = connect(str(file))
        migrate(connection)
        connection.close()
        return file.read_bytes()
