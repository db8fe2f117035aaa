"""Files of promotions become the book of every store: wholly, by id, each change a version."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sync.hq.cli import main
from tests.hq.commands.conftest import Shop

WORKED = Path(__file__).parents[3] / "docs/promotions/omo.json"
OFF = {"kind": "amount_off", "off_fen": 100}

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return the file of a book."""

    def written(*promotions: dict[str, Any], name: str = "book.json", **more: Any) -> str:
        named = [{"name": one["id"], "effect": OFF, **one} for one in promotions]
        file = tmp_path / name
        file.write_text(json.dumps({"promotions": named, **more}), "utf-8")
        return str(file)

    return written


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["promotions", "import", *words]) == 1
    return capsys.readouterr().err


def test_the_shipped_book_is_taken_over_as_a_dry_run_says(hq: Shop) -> None:
    dry = hq("promotions", "import", str(WORKED), "--dry-run", "--json")
    assert (dry["added"], dry["changed"], dry["rules"]["version"]) == (12, 0, 1)
    done = hq("promotions", "import", str(WORKED), "--json")
    assert done == dry | {"dry_run": False}
    again = hq("promotions", "import", str(WORKED), "--json")
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 12)
    assert again["rules"] is None


def test_a_change_is_a_new_version_and_what_no_file_names_stays(hq: Shop, write: Write) -> None:
    hq("promotions", "import", write({"id": "A"}, {"id": "B"}, round_down_to_fen=10))
    told = hq(
        *("promotions", "import", "--json"),
        write({"id": "A", "effect": OFF | {"off_fen": 250}, "priority": 3}, {"id": "C"}),
    )
    assert told["rules"] is None
    fields = {one["field"]: (one["before"], one["after"]) for one in told["changes"][0]["fields"]}
    assert fields == {"effect.off_fen": (100, 250), "priority": (None, 3)}
    assert [(c["id"], c["before"], c["version"]) for c in told["changes"]] == [
        ("A", 1, 2),
        ("C", 0, 1),
    ]
    words = hq("promotions", "import", write({"id": "A"}), "--dry-run")
    assert "~ A A v2 → v3: effect.off_fen 250 → 100, priority 3 → (empty)" in words


def test_one_mistake_and_nothing_is_taken(
    hq: Shop, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    hq("promotions", "import", write({"id": "A", "stacking": {"mandatory": True, "group": "g"}}))
    good = write({"id": "B"}, name="good.json")
    wrong = {
        "payabel_fen": write({"id": "C"}, examples=[{"payabel_fen": 1}], name="form.json"),
        "expected 1, and it is": write(
            {"id": "C"},
            examples=[
                {
                    "name": "n",
                    "basket": [{"sku": "S", "price_fen": 500}],
                    "context": {"at": "2026-12-01T12:00:00"},
                    "payable_fen": 1,
                }
            ],
            name="example.json",
        ),
        "B is written differently in good.json and in other.json": write(
            {"id": "B", "priority": 1}, name="other.json"
        ),
        "D.stacking.not_beside: no promotion or group is called Z": write(
            {"id": "D", "stacking": {"not_beside": ["Z"]}}, name="words.json"
        ),
        "A and E are both mandatory": write(
            {"id": "E", "stacking": {"mandatory": True, "group": "g"}}, name="forced.json"
        ),
    }
    for what, file in wrong.items():
        assert what in refused(capsys, good, file), what
    assert hq("promotions", "import", good, "--dry-run", "--json")["added"] == 1


def test_rules_that_two_files_write_differently_are_refused(
    hq: Shop, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    one = write({"id": "A"}, round_down_to_fen=10, name="one.json")
    assert "round_down_to_fen is written differently" in refused(
        capsys, one, write({"id": "B"}, round_down_to_fen=100, name="two.json")
    )
    told = hq("promotions", "import", one, write({"id": "B"}, name="two.json"), "--json")
    assert told["added"] == 2
    told = hq(
        *("promotions", "import", "--json"),
        write({"id": "A"}, by_hand={"supervisor_above_bp": 500}),
    )
    assert [one["field"] for one in told["rules"]["fields"]] == ["by_hand.supervisor_above_bp"]


def test_what_no_article_is_called_is_a_slip_of_the_pen(
    hq: Shop, write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drinks = write({"id": "A", "scope": {"categories": ["饮料"], "brands": ["可乐"]}})
    hq("promotions", "import", drinks, "--dry-run")
    table = tmp_path / "articles.csv"
    table.write_text("货号,名称,价格,品类,品牌\nA1,可乐,3.50,食品>饮 料,可乐\n", "utf-8")
    hq("articles", "import", str(table))
    assert "no article has '饮料' as its categories" in refused(capsys, drinks)
    table.write_text("sku,name,price,categories\nA1,可乐,3.50,食品>饮料\n", "utf-8")
    hq("articles", "import", str(table))
    [article] = hq("articles", "list", "--json")
    assert (article["categories"], article["brand"]) == (["食品", "饮料"], "可乐")
    hq("promotions", "import", drinks, "--dry-run")
    assert "'A9'" in refused(capsys, write({"id": "A", "scope": {"articles": ["A9"]}}))
    hq("articles", "undo", "--yes")
    assert hq("articles", "list", "--json")[0]["categories"] == ["食品", "饮 料"]
