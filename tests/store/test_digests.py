"""Each row that the agent writes moves its table's digest; one that the disk changes does not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.store import digests
from agent.store.migrations import migrate
from agent.store.sqlite import Connection, connect

SKUS = ("A", "B", "C")
steps = st.lists(
    st.tuples(
        st.sampled_from(["put", "upsert", "move", "delete", "undo"]),
        st.sampled_from(SKUS),
        st.integers(-(2**40), 2**40),
    ),
    max_size=30,
)
_STEPS = {
    "put": "INSERT OR REPLACE INTO stock (sku, quantity) VALUES (:sku, :n)",
    "upsert": "INSERT INTO stock (sku, quantity) VALUES (:sku, :n) "
    "ON CONFLICT (sku) DO UPDATE SET quantity = excluded.quantity + 1",
    "move": "UPDATE stock SET quantity = quantity - :n % 1000 WHERE sku >= :sku",
    "delete": "DELETE FROM stock WHERE sku <= :sku",
    "undo": "INSERT OR REPLACE INTO stock (sku, quantity) VALUES (:sku, :n)",
}


def written(file: Path | str) -> Connection:
    db = connect(str(file))
    migrate(db)
    digests.watch(db)
    return db


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def db(file: Path) -> Iterator[Connection]:
    db = written(file)
    yield db
    db.close()


@settings(max_examples=25)
@given(steps)
def test_whatever_is_written_fits_the_digest(work: list[tuple[str, str, int]]) -> None:
    db = written(":memory:")
    for what, sku, n in work:
        db.execute("BEGIN")
        db.execute(_STEPS[what], {"sku": sku, "n": n})
        db.execute("ROLLBACK" if what == "undo" else "COMMIT")
    assert digests.differences(db) == ()
    db.close()


@pytest.mark.parametrize("table", digests.WATCHED)
def test_each_watched_table_keeps_its_digest_and_a_strange_row_is_found(
    db: Connection, file: Path, table: str
) -> None:
    columns = [row[2] for row in db.execute(f"PRAGMA table_info({table})")]
    values = [b"x" if kind == "BLOB" else 1 if kind == "INTEGER" else "x" for kind in columns]
    insert = f"INSERT INTO {table} VALUES ({','.join('?' * len(values))})"
    db.execute(insert, values)
    assert digests.differences(db) == ()
    other = connect(str(file))
    other.execute(f"DELETE FROM {table}")
    other.close()
    (found,) = digests.differences(db)
    assert found.table == table
    db.execute(insert, values)  # what is written meanwhile counts, too
    digests.accept(db, {found.table: found.by})
    assert digests.differences(db) == ()


def test_a_database_of_an_older_version_gets_its_digests_from_what_it_holds(file: Path) -> None:
    db = connect(str(file))
    migrate(db)
    db.execute("INSERT INTO stock VALUES ('A', 5)")
    digests.watch(db)
    assert digests.differences(db) == ()
    db.execute("UPDATE table_digest SET columns = 'sku' WHERE name = 'stock'")
    assert digests.differences(db) == ()  # of other columns it says nothing
    db.close()
    assert digests.differences(written(file)) == ()


def test_a_text_that_is_none_any_more_can_be_counted_and_replaced(
    db: Connection, file: Path
) -> None:
    db.execute("INSERT INTO stock VALUES ('A', 5)")
    other = connect(str(file))
    other.execute("UPDATE stock SET sku = CAST(X'F5' AS TEXT)")
    other.close()
    assert [found.table for found in digests.differences(db)] == ["stock"]
    db.execute("DELETE FROM stock")
