"""What a scan or a sale asks of the database costs the same in the tenth year as on the first day:
tests/conftest.py fails the first test that runs a statement which reads a growing table whole."""

from pathlib import Path

from agent.store.database import open_writing
from agent.store.migrations import migrate
from agent.store.sqlite import Connection
from tests.store.query_plans import ROOT, read_whole

ROOM = "agent/store/selling/articles.py"


def plan(db: Connection, sql: str) -> list[str]:
    return [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", ("a",))]


def test_an_index_that_does_not_fit_is_found(tmp_path: Path) -> None:
    db = open_writing(tmp_path / "store.db")
    migrate(db)
    unfit = "SELECT sku FROM article WHERE gtin = ?"
    fit = f"{unfit} AND gtin <> ''"
    greatest = "SELECT max(receipt_no) FROM sale WHERE till = ?"
    assert read_whole(ROOM, unfit, plan(db, unfit)) == ["SCAN article"]
    assert read_whole(ROOM, greatest, plan(db, greatest)) == ["SEARCH sale USING PRIMARY KEY"]
    assert read_whole(ROOM, fit, plan(db, fit)) == []
    db.close()


def test_statements_of_the_product_are_looked_at(
    tmp_path: Path, statements_read_whole: list[str]
) -> None:
    db = open_writing(tmp_path / "store.db")
    migrate(db)
    careless = "SELECT sku FROM article WHERE name = 'careless'"
    exec(compile("db.execute(sql)", ROOT / ROOM, "exec"), {"db": db, "sql": careless})
    assert statements_read_whole == [f"{ROOM}: SCAN article: {careless}"]
    statements_read_whole.clear()
    db.close()
