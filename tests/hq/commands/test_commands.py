"""Every command explains itself, does its work, and says by its exit code how it ended."""

import re
from pathlib import Path

import msgspec
import pytest

from sync.hq.cli import main
from tests.hq.commands.conftest import Shop

COMMANDS = [
    ["run"],
    ["init"],
    ["check-config"],
    *(["stores", action] for action in ("list", "show", "add", "enrol", "revoke", "release")),
    ["stores", "backed-up"],
    *(["rollouts", action] for action in ("list", "show", "create", "raise", "pause", "undo")),
    *(["keys", action] for action in ("list", "add", "revoke", "root")),
    *(["policy", action] for action in ("show", "publish")),
    *(["campaign", action] for action in ("list", "add", "change", "copy", "end")),
    ["issue"],
    *(["coupon", action] for action in ("list", "runs", "revoke")),
    *(["promotions", action] for action in ("check", "import", "schema")),
    *(["promotions", action] for action in ("list", "show", "export", "end", "results")),
    ["handouts", "give"],
    *(["articles", action] for action in ("list", "import", "undo", "withdraw", "put-back")),
    *(["prices", action] for action in ("list", "import", "undo", "cancel")),
    *(["members", action] for action in ("list", "import", "undo", "card")),
    *(["stock", action] for action in ("list", "set", "add", "import", "undo")),
    ["events", "list"],
    *(["parked", action] for action in ("list", "show", "retry", "settle", "export", "changes")),
    ["cases", "list"],
    ["cases", "close"],
    ["closings", "list"],
    ["restored"],
]
LISTS = [
    *(
        "stores",
        "rollouts",
        "keys",
        "campaign",
        "articles",
        "members",
        "events",
        "parked",
        "cases",
        "closings",
    )
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([*command, "--help"])

    assert exit_.value.code == 0
    assert f"usage: store-hq {' '.join(command)}" in capsys.readouterr().out


def test_help_shows_the_way_from_nothing_to_the_first_coupon(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])

    help_ = capsys.readouterr().out
    for words in ("store-hq init", "store-hq stores add", "store-hq issue", "store-hq run"):
        assert words in help_


def test_a_table_shows_what_json_says(hq: Shop) -> None:
    hq("stores", "add", "MB001")
    [status] = hq("stores", "list", "--json")

    table = hq("stores", "list")

    assert (status["store"], status["lag"], status["last_contact"]) == ("MB001", 0, None)
    assert "MB001" in table
    assert "LAG" in table


@pytest.mark.parametrize("name", LISTS)
def test_an_empty_list_says_so(hq: Shop, name: str) -> None:
    assert isinstance(hq(name, "list", "--json"), list)
    assert hq(name, "list").strip()


def test_articles_members_and_stock_come_from_files_and_words(hq: Shop, tmp_path: Path) -> None:
    hq("stores", "add", "MB001")
    articles, members = tmp_path / "articles.csv", tmp_path / "members.csv"
    articles.write_text("\ufeffsku,name,price\n6901,牛奶,12.5\n6902,bread,8\n", "utf-8")
    members.write_text(f"member_id,tier,points,phone,stores\n{'a' * 24},gold,7,13812345678,MB001\n")

    taken = hq("articles", "import", str(articles), "--json")
    assert (taken["articles"], taken["added"], taken["changed"]) == (2, 2, 0)
    assert hq("members", "import", str(members), "--json")["members"] == 1
    hq("stock", "set", "MB001", "6901=40", "6902=1")
    hq("stock", "add", "MB001", "6902=2")

    assert [article["price_fen"] for article in hq("articles", "list", "--json")] == [1_250, 800]
    assert hq("members", "list", "--json")[0]["phone_masked"] == "138****5678"
    assert hq("stock", "list", "MB001", "--json") == [
        {"sku": "6901", "quantity": 40},
        {"sku": "6902", "quantity": 3},
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sku,name\n1,x\n", "the first line names the columns sku,name,price"),
        ("sku,name,price,colour\n", "got sku,name,price,colour"),
        ("sku,name,price\n1,x,1.234\n", "line 2: expected yuan"),
        ("sku,name,price\n1,x,1\n,y,2\n", "line 3"),
        ("sku,name,price\n1,x,1,2\n", "line 2: more cells than columns"),
        ("\udcff", "is not UTF-8"),
    ],
)
@pytest.mark.usefixtures("environment")
def test_a_wrong_file_is_told_with_its_line_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    file = tmp_path / "articles.csv"
    file.write_text(text, "utf-8", errors="surrogateescape")

    assert main(["articles", "import", str(file)]) == 1

    assert message in capsys.readouterr().err
    main(["articles", "list", "--json"])
    assert msgspec.json.decode(capsys.readouterr().out) == []


def test_a_policy_goes_out_to_a_file_and_comes_back_changed(hq: Shop, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text(hq("policy", "show").replace('"max_coupons": 2', '"max_coupons": 1'))

    assert hq("policy", "publish", str(file), "--json")["version"] == 2

    assert hq("policy", "show", "--json")["max_coupons"] == 1


def test_keys_are_added_and_revoked(hq: Shop) -> None:
    [added] = hq("keys", "add", "--not-after", "10d", "--json")

    [revoked] = hq("keys", "revoke", added["kid"], "--yes", "--json")

    assert revoked["revoked"] is True
    assert [key["signs"] for key in hq("keys", "list", "--json")] == ["codes", "codes", "answers"]


def test_a_key_of_answers_is_renewed_and_the_former_one_revoked_but_not_the_one_in_use(
    hq: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    [former] = [key for key in hq("keys", "list", "--json") if key["signs"] == "answers"]
    [added] = hq("keys", "add", "--answers", "--json")
    assert added["signs"] == "answers"

    assert main(("keys", "revoke", added["kid"], "--yes")) != 0
    assert "keys add --answers" in capsys.readouterr().err
    [revoked] = hq("keys", "revoke", former["kid"], "--yes", "--json")

    assert (revoked["kid"], revoked["revoked"]) == (former["kid"], True)


@pytest.mark.parametrize(
    "words",
    [
        ["stores", "release", "MB009"],
        ["stores", "backed-up", "MB009", "--through", "1"],
        ["keys", "revoke", "00000000"],
        ["coupon", "revoke", "0" * 24],
        ["issue", "--campaign", "9"],
        ["stock", "set", "MB009", "1=1"],
        ["policy", "publish", "/nowhere.json"],
        ["restored"],
        ["coupon", "revoke"],
        ["coupon", "revoke", "--run", "9"],
        ["campaign", "end", "9"],
        ["stock", "list"],
        ["closings", "list", "--store", "MB009"],
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("environment")
def test_what_cannot_be_done_ends_with_1_and_a_word(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 1

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("store-hq: ")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["strores"],
        ["stores"],
        ["issue", "--campaign", "x"],
        ["issue", "--campaign", "1", "--count", "0"],
        ["campaign", "add", "--name", "x", "--rule", "5", "--class", "bound", "--ends", "1d"],
        ["campaign", "add", "--name", "x", "--rule", "0.9", "--class", "free", "--ends", "1d"],
        ["campaign", "add", "--name", "x", "--rule", "0.9", "--class", "bound", "--ends", "soon"],
        ["stock", "set", "MB001", "1:1"],
        ["events", "list", "--limit", "-1"],
        ["events", "list", "--after", "x"],
        ["closings", "list", "--since", "yesterday"],
        ["cases", "list", "--state", "settled"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_a_word(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(words)

    told = capsys.readouterr().err
    assert exit_.value.code == 2
    assert "usage: store-hq" in told
    assert not re.search(r"invalid \w+ value|<\w+\.", told)
