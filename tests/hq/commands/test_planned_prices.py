"""The clerk plans prices from a table, sees them, and takes them back before they begin."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sync.hq.cli import main
from tests.hq.commands.conftest import Shop

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)


def day(number: int) -> str:
    return f"{TODAY + timedelta(days=number):%Y-%m-%d}"


def instant(number: int) -> int:
    return int((TODAY + timedelta(days=number)).timestamp() * 1_000)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


@pytest.fixture
def shop(hq: Shop, file: Path) -> Shop:
    """A head office with two articles."""
    file.write_text("sku,name,price\nA1,milk,5\nA2,bread,3\n", "utf-8")
    hq("articles", "import", str(file))
    return hq


def plan(shop: Shop, file: Path, text: str, *words: str) -> Any:
    file.write_text(text, "utf-8")
    return shop("prices", "import", str(file), *words)


def planned(shop: Shop) -> list[tuple[Any, ...]]:
    rows = shop("prices", "list", "--json")
    return [(r["sku"], r["now_fen"], r["price_fen"], r["starts_at"], r["ends_at"]) for r in rows]


def own_price(shop: Shop) -> dict[str, int]:
    return {one["sku"]: one["price_fen"] for one in shop("articles", "list", "--json")}


def test_prices_are_planned_as_a_dry_run_says_and_listed(shop: Shop, file: Path) -> None:
    text = f"货号,价格,生效时间,失效时间\nA1,5.50,{day(1)},\nA2,2.50,{day(2)} 8:00,{day(3)}\n"
    dry = plan(shop, file, text, "--dry-run")
    assert f"~ A1: planned (empty) → 5.50 {day(1)}T00:00:00+08:00" in dry
    assert planned(shop) == []
    plan(shop, file, text)
    assert planned(shop) == [
        ("A1", 500, 550, instant(1), None),
        ("A2", 300, 250, instant(2) + 8 * 3_600_000, instant(4)),
    ]
    assert own_price(shop) == {"A1": 500, "A2": 300}
    assert "2.50" in shop("prices", "list")
    plan(shop, file, f"sku,price,from\nA1,6,{day(1).replace('-', '/')}\n")
    assert planned(shop)[0] == ("A1", 500, 600, instant(1), None)


def test_the_last_import_is_taken_back_and_prices_are_cancelled(shop: Shop, file: Path) -> None:
    plan(shop, file, f"sku,price,from\nA1,5.50,{day(1)}\n")
    plan(shop, file, f"sku,price,from,to\nA1,4,{day(2)},{day(2)}\nA2,2,{day(1)},{day(1)}\n")
    assert len(planned(shop)) == 3
    shop("prices", "undo", "--yes")
    assert planned(shop) == [("A1", 500, 550, instant(1), None)]
    told = shop("prices", "cancel", "A1", "A2", "--json")
    assert (told["cancelled"], planned(shop)) == (1, [])


def test_what_can_not_be_meant_is_told_and_nothing_is_taken(
    shop: Shop, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan(shop, file, f"sku,price,from,to\nA1,4,{day(2)},{day(4)}\n")
    for row, said in {
        f"A1,1,{day(-1)},": "begins in the past",
        f"A1,1,{day(3)},{day(2)}": "ends before it begins",
        f"A1,1,{day(4)},{day(5)}": "another special price lies in that time",
        f"A9,1,{day(1)},": "there is no article 'A9'",
        "A1,1,tomorrow,": "expected a day such as",
        "A1,1,2027-02-30,": "expected a day such as",
        "A1,1,,": "expected a day such as",
    }.items():
        file.write_text(f"sku,price,from,to\nA2,9,{day(9)},\n{row}\n", "utf-8")
        assert main(["prices", "import", str(file)]) == 1
        assert said in capsys.readouterr().err, row
    assert len(planned(shop)) == 1
    plan(shop, file, f"sku,price,from,to\nA1,1,{day(5)},{day(5)}\n")
    assert len(planned(shop)) == 2


def test_a_special_price_and_one_to_stay_may_begin_together(shop: Shop, file: Path) -> None:
    plan(shop, file, f"sku,price,from\nA1,6,{day(1)}\n")
    plan(shop, file, f"sku,price,from,to\nA1,4,{day(1)},{day(2)}\n")
    assert {row[2:] for row in planned(shop)} == {
        (600, instant(1), None),
        (400, instant(1), instant(3)),
    }
    plan(shop, file, f"sku,price,from,to\nA1,4.50,{day(1)},{day(1)}\n")
    assert {row[2:] for row in planned(shop)} == {
        (600, instant(1), None),
        (450, instant(1), instant(2)),
    }


def test_a_price_from_now_on_leaves_later_ones_as_they_are(shop: Shop, file: Path) -> None:
    plan(shop, file, f"sku,price,from\nA1,5.50,{day(1)}\n")
    file.write_text("sku,name,price\nA1,milk,4.80\n", "utf-8")
    shop("articles", "import", str(file))
    assert own_price(shop)["A1"] == 480
    assert planned(shop) == [("A1", 480, 550, instant(1), None)]
    shop("articles", "undo", "--yes")
    assert planned(shop) == [("A1", 500, 550, instant(1), None)]
