"""A clerk writes the price book and tries it: no settings, no database, and every slip told."""

import json
from pathlib import Path
from typing import Any

import pytest

from sync.hq.cli import main

WORKED = Path(__file__).parents[3] / "docs/promotions/omo.json"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


def changed(tmp_path: Path, **changes: Any) -> str:
    """The shipped book with its first example changed."""
    book = json.loads(WORKED.read_bytes())
    book["examples"][0].update(changes)
    file = tmp_path / "book.json"
    file.write_text(json.dumps(book), "utf-8")
    return str(file)


def test_the_shipped_book_is_good(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["promotions", "check", str(WORKED)]) == 0
    assert "good; promotions: 12" in capsys.readouterr().out


def test_an_example_that_differs_fails_and_shows_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["promotions", "check", changed(tmp_path, payable_fen=19_800)]) == 1
    told = capsys.readouterr()
    assert "$.examples[0].payable_fen" in told.err
    assert "expected 19800, and it is 19900" in told.err
    assert "¥1 more and ¥20 are taken off" in told.out


def test_every_mistake_names_file_and_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = changed(tmp_path, payble_fen=1)
    assert main(["promotions", "check", file, str(tmp_path / "none.json")]) == 1
    told = capsys.readouterr().err
    assert (
        f"{file}: $.examples[0].payble_fen: there is no field payble_fen here: payable_fen?" in told
    )
    assert "none.json: $: No such file or directory" in told


def test_json_holds_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["promotions", "check", str(WORKED), "--json"]) == 0
    (checked,) = json.loads(capsys.readouterr().out)
    first = checked["examples"][0]
    assert (checked["good"], first["priced"]["payable_fen"]) == (True, 19_900)
    assert first["why"][0]["said"].keys() == {"zh-CN", "en"}


def test_it_speaks_chinese_where_the_locale_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert main(["promotions", "check", changed(tmp_path, payable_fen=1)]) == 1
    told = capsys.readouterr()
    assert "应为 1，实为 19900" in told.err
    assert "再买 ¥1 可减 ¥20" in told.out


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["promotions", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Price book"
