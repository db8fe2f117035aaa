"""Stock is set for articles that there are, by hand or from a file, and never below nothing."""

from pathlib import Path

import pytest

from sync.hq.cli import main
from tests.hq.commands.conftest import Shop


@pytest.fixture
def shop(hq: Shop, tmp_path: Path) -> Shop:
    """A store, and the articles A1 and A2."""
    file = tmp_path / "articles.csv"
    file.write_text("sku,name,price\nA1,milk,5\nA2,bread,8.5\n")
    hq("articles", "import", str(file))
    hq("stores", "add", "MB001")
    hq("stock", "set", "MB001", "A1=3")
    return hq


def pieces(shop: Shop) -> dict[str, int]:
    return {row["sku"]: row["quantity"] for row in shop("stock", "list", "MB001", "--json")}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["set", "MB001", "A1=5", "A9=1"], "no article 'A9'"),
        (["add", "MB001", "A1=5", "A9=1"], "no article 'A9'"),
        (["set", "MB001", "A1=5", "A2=-1"], "less than 0 pieces: A2"),
        (["add", "MB001", "A2=5", "A1=-4"], "so many pieces of A1"),
        (["set", "MB001", "A1=5", "A1=6"], "A1 is named twice"),
        (["set", "MB009", "A1=5"], "no store 'MB009'"),
    ],
)
def test_a_mistake_is_told_and_changes_nothing(
    shop: Shop, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert main(["stock", *words]) == 1

    assert message in capsys.readouterr().err
    assert pieces(shop) == {"A1": 3}


def test_pieces_are_taken_away_as_far_as_there_are_any(shop: Shop) -> None:
    shop("stock", "add", "MB001", "A1=-3", "A2=2")

    assert pieces(shop) == {"A1": 0, "A2": 2}


def test_counts_come_from_a_file(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "counts.csv"
    file.write_text("\ufeffsku,pieces\nA2,40\n", "utf-8")
    assert shop("stock", "import", "MB001", str(file), "--json")["articles"] == 1
    assert pieces(shop) == {"A1": 3, "A2": 40}

    for wrong in ("A1,-1", "A1,1.5", "A1,", ",3", "A9,1", "A1,1\nA1,2"):
        file.write_text(f"sku,pieces\nA2,7\n{wrong}\n")
        assert main(["stock", "import", "MB001", str(file)]) == 1
        assert capsys.readouterr().err
    assert pieces(shop) == {"A1": 3, "A2": 40}


def test_a_list_of_one_store_is_asked_for_in_one_way_or_the_other(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("stock", "closings", "events", "parked", "cases"):
        assert shop(name, "list", "MB001") == shop(name, "list", "--store", "MB001")
        assert main([name, "list", "--store", "MB009"]) == 1
        assert "no store 'MB009'" in capsys.readouterr().err
        assert main([name, "list", "MB001", "--store", "MB002"]) == 1
        assert "two stores" in capsys.readouterr().err
    assert main(["stock", "list"]) == 1
    assert "--store MB001" in capsys.readouterr().err


def test_sums_are_shown_in_yuan(shop: Shop) -> None:
    table = shop("articles", "list")

    assert "5.00" in table
    assert "8.50" in table
    assert "fen" not in table


def test_an_article_is_taken_out_of_sale_and_put_back(shop: Shop) -> None:
    said = shop("articles", "withdraw", "A1")
    assert "out of sale: 1" in said
    assert "stores that hear of it" in said
    assert [a["withdrawn"] for a in shop("articles", "list", "--json")] == [True, False]
    assert shop("articles", "list").count("yes") == 1

    assert shop("articles", "put-back", "A1", "--json") == {"put_back": 1}
    assert [a["withdrawn"] for a in shop("articles", "list", "--json")] == [False, False]
