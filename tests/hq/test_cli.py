"""store-hq as operators and scripts call it: words, JSON and exit codes."""

import argparse
import re
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agent.base.clock import DAY_MS, Millis
from sync.hq.cli import main
from sync.hq.commands.moment import moment
from tests.lab.ports import free_port

Shop = Callable[..., Any]
"""Run a command that must be done; returns its JSON, or its words without --json."""

COMMANDS = [
    ["run"],
    ["init"],
    ["check-config"],
    *(["stores", action] for action in ("list", "add", "new-key", "release", "backed-up")),
    *(["keys", action] for action in ("list", "add", "revoke", "root")),
    *(["policy", action] for action in ("show", "publish")),
    *(["campaign", action] for action in ("list", "add")),
    ["issue"],
    ["coupon", "revoke"],
    ["handouts", "give"],
    *(["articles", action] for action in ("list", "import")),
    *(["members", action] for action in ("list", "import", "card")),
    *(["stock", action] for action in ("list", "set", "add")),
    ["events", "list"],
    ["parked", "list"],
    ["cases", "list"],
    ["closings", "list"],
    ["restored"],
]
LISTS = [
    *("stores", "keys", "campaign", "articles", "members", "events", "parked", "cases", "closings")
]


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """Let the system refuse to write more than `size` bytes into any file, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def environment(hq_dsn: str, keys_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of a head office that is set up."""
    monkeypatch.setenv("STORE_HQ_DATABASE__DSN", hq_dsn)
    monkeypatch.setenv("STORE_HQ_PATHS__KEYS_DIR", str(keys_dir))


@pytest.fixture
def hq(environment: None, capsys: pytest.CaptureFixture[str]) -> Shop:
    def run(*words: str) -> Any:
        assert main(words) == 0, capsys.readouterr().err
        out = capsys.readouterr().out
        return msgspec.json.decode(out) if "--json" in words else out

    return run


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


def test_from_nothing_to_a_coupon(hq: Shop, tmp_path: Path) -> None:
    root = hq("init", "--json")["root_key"]
    assert hq("keys", "root") == f"{root}\n"
    store = hq("stores", "add", "MB001", "--name", "Nanjing Road", "--json")
    assert store["key"].startswith("hk_")
    hq("keys", "add", "--not-after", "60d")
    campaign = hq(
        *("campaign", "add", "--name", "30-5", "--rule", "30:5", "--class", "bound"),
        *("--ends", "30d", "--json"),
    )

    issued = hq(
        *("issue", "--campaign", str(campaign["campaign"]), "--store", "MB001", "--count", "2"),
        *("--qr", str(tmp_path / "qr"), "--json"),
    )

    assert [coupon["token"][:3] for coupon in issued] == ["HQ1", "HQ1"]
    assert sorted(path.name for path in (tmp_path / "qr").iterdir()) == sorted(
        f"{coupon['coupon_id']}.{kind}" for coupon in issued for kind in ("png", "svg")
    )
    assert hq("coupon", "revoke", issued[0]["coupon_id"], "--json")["revoked"] is True


@pytest.mark.parametrize(
    ("rule", "shown"),
    [
        (["0:50"], "满0.00减50.00"),
        (["gift:CUP"], "满0.00赠 CUP"),
        (["gift:CUP:100"], "满100.00赠 CUP"),
        (["set:25", "--sku", "A1", "--sku", "B2"], "套餐 25.00"),
        (["set:25.50", "--sku", "A1", "--sku", "B2"], "套餐 25.50"),
    ],
)
def test_a_campaign_of_each_kind(hq: Shop, rule: list[str], shown: str) -> None:
    words = ("campaign", "add", "--name", "x", "--class", "chain", "--ends", "30d", "--rule")
    assert shown in hq(*words, *rule)
    assert shown in hq("campaign", "list")


@pytest.mark.parametrize("rule", ["set:25", "gift:", "gift:A:x", "set:2.5", "set:-1"])
def test_a_rule_that_can_not_be_is_refused(hq: Shop, rule: str) -> None:
    words = ["campaign", "add", "--name", "x", "--class", "chain", "--ends", "30d", "--rule", rule]
    try:
        status = main(words)
    except SystemExit as exit_:
        status = int(str(exit_.code))
    assert status in (1, 2)
    assert hq("campaign", "list", "--json") == []


def test_codes_to_type_and_to_say(
    hq: Shop, campaign: str, capsys: pytest.CaptureFixture[str]
) -> None:
    hq("stores", "add", "MB001")
    there = ("issue", "--campaign", campaign, "--store", "MB001", "--count")
    assert len(set(hq(*there, "3", "--opaque").split())) == 3
    assert hq(*there, "50", "--passphrase", "春天来了") == "春天来了\n"
    assert main([*there, "1", "--passphrase", "春天来了"]) == 1
    assert "choose another" in capsys.readouterr().err
    assert main(["issue", "--campaign", campaign, "--opaque"]) == 1
    assert "--store" in capsys.readouterr().err


@pytest.fixture
def campaign(hq: Shop) -> str:
    """The number of a campaign whose coupons every store takes; a key to sign them is there."""
    words = ("--name", "9", "--rule", "0.9", "--class", "chain", "--ends", "30d", "--json")
    hq("keys", "add", "--not-after", "60d")
    return str(hq("campaign", "add", *words)["campaign"])


def test_no_coupon_is_issued_when_there_is_no_place_for_the_images(
    hq: Shop, campaign: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()

    status = main(["issue", "--campaign", campaign, "--qr", str(tmp_path / "file" / "qr")])

    told = capsys.readouterr()
    assert (status, told.out) == (1, "")
    assert "file/qr" in told.err
    assert "database" not in told.err


@pytest.mark.parametrize("json", [[], ["--json"]], ids=["plain", "json"])
def test_the_tokens_are_printed_even_if_the_images_can_not_be_written(
    hq: Shop,
    campaign: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    json: list[str],
) -> None:
    with no_file_above(100):
        status = main(["issue", "--campaign", campaign, "--qr", str(tmp_path / "qr"), *json])

    told = capsys.readouterr()
    assert (status, told.out.count("HQ1")) == (1, 1)
    assert "the coupons are issued" in told.err
    assert ".png" in told.err


@pytest.mark.parametrize("content", [None, b"no key at all"], ids=["directory", "text"])
def test_a_key_file_that_can_not_be_used_is_named(
    hq: Shop,
    keys_dir: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes | None,
) -> None:
    root = keys_dir / "root.pem"
    root.unlink()
    root.mkdir() if content is None else root.write_bytes(content)

    assert main(["keys", "root"]) == 1

    told = capsys.readouterr().err
    assert str(root) in told
    assert "database" not in told


def test_a_directory_of_keys_that_can_not_be_made_is_named(
    hq: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("STORE_HQ_PATHS__KEYS_DIR", str(tmp_path / "file" / "keys"))

    assert main(["init"]) == 1

    told = capsys.readouterr().err
    assert "file/keys" in told
    assert "database" not in told


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

    assert hq("articles", "import", str(articles), "--json") == {"articles": 2, "changed": 2}
    assert hq("members", "import", str(members), "--json") == {"members": 1}
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
        ("sku,name,price\n1,x,1.234\n", "line 2: a price is in yuan"),
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

    [revoked] = hq("keys", "revoke", added["kid"], "--json")

    assert revoked["revoked"] is True
    assert len(hq("keys", "list", "--json")) == 2


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
    assert not re.search(r"invalid \w+ value", told)


def test_every_mistake_in_the_settings_is_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "hq.toml"
    file.write_text('[database]\ndsn = "mysql://x"\n[server]\nprt = 1\n[feed]\npage_rows = 1001\n')

    assert main(["check-config", "--config", str(file)]) == 2

    assert "3 mistakes" in capsys.readouterr().err


def test_the_settings_are_shown_without_the_databases_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STORE_HQ_DATABASE__DSN", "postgresql://u:hidden-word@h/d")

    assert main(["check-config"]) == 0
    assert main(["check-config", "--json"]) == 0

    assert "hidden-word" not in capsys.readouterr().out


def test_a_database_that_is_not_there_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database_dsn: str
) -> None:
    monkeypatch.setenv("STORE_HQ_DATABASE__DSN", f"{database_dsn}_not")

    assert main(["stores", "list"]) == 1

    assert "[database] dsn" in capsys.readouterr().err


def test_a_database_that_does_not_answer_or_is_not_set_up_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database_dsn: str
) -> None:
    monkeypatch.setenv("STORE_HQ_DATABASE__DSN", f"postgresql://hq@127.0.0.1:{free_port()}/hq")
    assert main(["stores", "list"]) == 1
    assert "does not answer" in capsys.readouterr().err

    monkeypatch.setenv("STORE_HQ_DATABASE__DSN", database_dsn)
    assert main(["stores", "list"]) == 1
    assert "store-hq init" in capsys.readouterr().err


def test_moments_are_dates_or_times_from_now() -> None:
    now = Millis(1_000)

    assert moment("2d").at(now) == now + 2 * DAY_MS
    assert moment("1970-01-02T08:00+08:00").at(now) == DAY_MS
    for wrong in ("", "2x", "d", "tomorrow", "2027-13-01", "9999999d"):
        with pytest.raises(argparse.ArgumentTypeError):
            moment(wrong)
