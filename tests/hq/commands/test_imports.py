"""An import shows what it changes, changes that alone, and is taken back."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.domain.barcodes.gtin import check_digit
from sync.hq.cli import main
from tests.hq.commands.conftest import Shop

ADA, BOB = "a" * 24, "b" * 24

few = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


def take(hq: Shop, file: Path, kind: str, text: str, *words: str) -> Any:
    file.write_text(text, "utf-8")
    store = ["MB001"] if kind == "stock" else []
    return hq(kind, "import", *store, str(file), *words)


def state(hq: Shop) -> list[Any]:
    lists = (["articles"], ["members"], ["stock"])
    return [
        hq(*name, "list", *(["MB001"] if name == ["stock"] else []), "--json") for name in lists
    ]


def test_columns_that_a_file_lacks_are_untouched(hq: Shop, file: Path) -> None:
    hq("stores", "add", "MB001")
    take(hq, file, "articles", "sku,name,price,gtin\nA1,milk,5,6901234567892\n")
    take(
        hq,
        file,
        "members",
        f"member_id,tier,points,phone,stores\n{ADA},gold,7,13812345678,MB001\n",
    )
    before = state(hq)

    take(hq, file, "articles", "sku,name,price\nA1,milk,5\n")
    take(hq, file, "members", f"member_id,tier\n{ADA},gold\n")
    take(hq, file, "members", f"member_id,phone\n{ADA},138****5678\n")
    assert state(hq) == before

    said = take(hq, file, "articles", "sku,name,price,gtin\nA1,milk,6\n")
    assert "~ A1: price 5.00 → 6.00, gtin 6901234567892 → (empty)" in said


def test_a_dry_run_says_what_an_import_then_does(hq: Shop, file: Path) -> None:
    take(hq, file, "articles", "sku,name,price\nA1,milk,5\nA2,bread,3\n")
    before = state_of_articles(hq)
    text = "sku,name,price\nA1,milk,5.5\nA2,bread,3\nA3,tea,20\n"

    dry = take(hq, file, "articles", text, "--dry-run")

    assert dry.splitlines() == [
        "~ A1: price 5.00 → 5.50",
        "+ A3 is new: name tea, price 20.00, gtin (empty)",
        "dry run: nothing was changed. An import would do this:",
        "new: 1, changed: 1, unchanged: 1",
    ]
    assert state_of_articles(hq) == before
    done = take(hq, file, "articles", text).splitlines()
    assert [*done[:2], done[2]] == [*dry.splitlines()[:2], dry.splitlines()[3]]
    assert done[3] == "`store-hq articles undo` takes this back"


def state_of_articles(hq: Shop) -> Any:
    return hq("articles", "list", "--json")


def test_the_last_import_is_taken_back_and_then_the_one_before(
    hq: Shop, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["articles", "undo", "--yes"]) == 1
    assert "no import to take back" in capsys.readouterr().err
    take(hq, file, "articles", "sku,name,price\nA1,milk,5\n")
    take(hq, file, "articles", "sku,name,price\nA1,milk,6\nA2,bread,3\n")

    assert main(["articles", "undo"]) == 1
    asked = capsys.readouterr().err
    assert "taken out: 1, changed back: 1" in asked
    assert "- A2 is taken out" in asked
    assert "~ A1: price 6.00 → 5.00" in asked
    assert "--yes" in asked
    assert len(state_of_articles(hq)) == 2

    hq("articles", "undo", "--yes")
    assert [(a["sku"], a["price_fen"]) for a in state_of_articles(hq)] == [("A1", 500)]
    hq("articles", "undo", "--yes")
    assert state_of_articles(hq) == []


def test_what_others_changed_since_or_use_is_kept_and_said(hq: Shop, file: Path) -> None:
    hq("stores", "add", "MB001")
    take(hq, file, "articles", "sku,name,price,gtin\nA1,milk,5,6901234567892\n")
    take(
        hq,
        file,
        "articles",
        "sku,name,price,gtin\nA1,milk,6,\nA2,bread,3,\nA3,tea,3,\nA4,toy,9,6901234567892\n",
    )
    hq("stock", "set", "MB001", "A2=4")
    hq("campaign", "add", "--name", "x", "--rule", "gift:A3", "--class", "chain", "--ends", "9d")
    take(hq, file, "stock", "sku,pieces\nA4,1\n")

    told = hq("articles", "undo", "--yes", "--json")

    assert told["kept"] == ["A1", "A2", "A3", "A4"]  # A4 has got the bar code that A1 had
    assert [(a["sku"], a["price_fen"], a.get("gtin", "")) for a in state_of_articles(hq)] == [
        ("A1", 500, ""),
        ("A2", 300, ""),
        ("A3", 300, ""),
        ("A4", 900, "6901234567892"),
    ]


def test_stock_counted_in_a_file_is_taken_back_around_what_happened_since(
    hq: Shop, file: Path
) -> None:
    hq("stores", "add", "MB001")
    take(hq, file, "articles", "sku,name,price\nA1,a,1\nA2,b,1\nA3,c,1\nA4,d,1\n")
    hq("stock", "set", "MB001", "A1=10", "A2=10", "A3=10")
    take(hq, file, "stock", "sku,pieces\nA1,99\nA2,99\nA3,99\nA4,99\n")
    hq("stock", "add", "MB001", "A1=-4")
    hq("stock", "set", "MB001", "A2=50")

    told = hq("stock", "undo", "MB001", "--yes", "--json")

    assert told["kept"] == ["A2"]
    pieces = {row["sku"]: row["quantity"] for row in hq("stock", "list", "MB001", "--json")}
    assert pieces == {"A1": 6, "A2": 50, "A3": 10}


skus = st.sampled_from(["A1", "B2", "C3", "货4", "5"])
names = st.sampled_from(["milk", "牛奶", "bread, dark", 'tea "green"'])
prices = st.integers(0, 10_000)
gtins = st.one_of(st.just(""), st.integers(1, 9).map(lambda n: f"{n:07}" + check_digit(f"{n:07}")))


def quoted(value: object) -> str:
    return '"' + str(value).replace('"', '""') + '"'


@st.composite
def article_files(draw: st.DrawFn) -> str:
    chosen = draw(st.lists(skus, unique=True, min_size=1))
    with_gtin = draw(st.booleans())
    codes = draw(
        st.lists(gtins, min_size=len(chosen), max_size=len(chosen)).filter(
            lambda some: len([c for c in some if c]) == len({c for c in some if c})
        )
    )
    lines = ["sku,name,price" + (",gtin" if with_gtin else "")]
    for sku, gtin in zip(chosen, codes, strict=True):
        fen = draw(prices)
        cells = [sku, draw(names), f"{fen // 100}.{fen % 100:02}", *([gtin] if with_gtin else [])]
        lines.append(",".join(map(quoted, cells)))
    return "\n".join(lines)


@st.composite
def member_files(draw: st.DrawFn) -> str:
    values = {
        "tier": st.sampled_from(["", "gold", "金卡"]),
        "points": st.integers(-5, 10**12),
        "phone": st.sampled_from(["", "13812345678", "139****0000"]),
        "stores": st.sampled_from(["", "MB001", "MB002", "MB001 MB002"]),
    }
    columns = draw(st.lists(st.sampled_from(sorted(values)), unique=True))
    lines = [",".join(["member_id", *columns])]
    members = draw(st.lists(st.sampled_from([ADA, BOB, "c" * 24]), unique=True, min_size=1))
    lines += [",".join([one, *(quoted(draw(values[name])) for name in columns)]) for one in members]
    return "\n".join(lines)


stock_files = st.dictionaries(
    st.sampled_from(["A1", "B2", "C3"]), st.integers(0, 999_999_999), min_size=1
).map(lambda counts: "\n".join(["sku,pieces", *(f"{sku},{n}" for sku, n in counts.items())]))

files = st.one_of(
    st.tuples(st.just("articles"), article_files()),
    st.tuples(st.just("members"), member_files()),
    st.tuples(st.just("stock"), stock_files),
)


@pytest.fixture
def chain(hq: Shop, file: Path) -> Shop:
    """Two stores and three articles."""
    for store in ("MB001", "MB002"):
        hq("stores", "add", store)
    take(hq, file, "articles", "sku,name,price\nA1,a,1\nB2,b,1\nC3,c,1\n")
    return hq


@few
@given(st.lists(files, min_size=1, max_size=4))
def test_a_dry_run_tells_an_import_and_undo_gives_back_the_same_tables(
    chain: Shop, file: Path, capsys: pytest.CaptureFixture[str], several: list[tuple[str, str]]
) -> None:
    taken = []
    for kind, text in several:
        before = state(chain)
        file.write_text(text, "utf-8")
        words = [kind, "import", *(["MB001"] if kind == "stock" else []), str(file), "--json"]
        if main([*words, "--dry-run"]):  # a bar code of an article of an earlier file
            assert "is the bar code of" in capsys.readouterr().err
            continue
        capsys.readouterr()

        dry = take(chain, file, kind, text, "--json", "--dry-run")
        assert state(chain) == before
        done = take(chain, file, kind, text, "--json")

        assert {**dry, "dry_run": False} == done
        assert take(chain, file, kind, text, "--json", "--dry-run")["changes"] == []
        if done["changes"]:
            taken.append((kind, before))
        else:
            assert state(chain) == before
    for kind, before in reversed(taken):
        chain(kind, "undo", *(["MB001"] if kind == "stock" else []), "--yes", "--json")
        assert state(chain) == before
