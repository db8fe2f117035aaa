"""A campaign that went wrong is mended, ended or copied; nothing that was sold changes."""

import asyncio
from pathlib import Path

import pytest

from sync.hq.cli import main
from sync.hq.database import connect
from sync.hq.settings import DatabaseSection
from tests.hq.commands.conftest import Shop

pytestmark = pytest.mark.usefixtures("signing")

USED = """
INSERT INTO coupon_use (coupon_id, store, redemption_id, epoch, seq, discount_fen, at_risk, bound,
    till, receipt, occurred_at, received_at, holder)
SELECT coupon_id, 'MB001', 'r' || status_index, 1, status_index, 100, true, false, 'T1', 'R1', 1, 1,
    true
FROM coupon ORDER BY status_index LIMIT $1
"""
ADD = ("campaign", "add", "--name", "Spring", "--class", "chain", "--ends", "20d", "--json")


async def execute(dsn: str, statement: str, *values: object) -> None:
    connection = await connect(DatabaseSection(dsn=dsn))
    await connection.execute(statement, *values)
    await connection.close()


def use(dsn: str, coupons: int) -> None:
    """Let the first coupons have been used."""
    asyncio.run(execute(dsn, USED, coupons))


@pytest.fixture
def number(hq: Shop) -> str:
    """A campaign 30-5 with three coupons."""
    campaign = str(hq(*ADD, "--rule", "30:5")["campaign"])
    hq("issue", "--campaign", campaign, "--count", "3", "--expires", "10d")
    return campaign


@pytest.mark.parametrize(
    ("rule", "shown"),
    [
        (["30:5.50"], "满30.00减5.50"),
        (["30.5:5"], "满30.50减5.00"),
        (["0:0.5"], "满0.00减0.50"),
        (["gift:CUP:99.9"], "满99.90赠 CUP"),
        (["set:25.5", "--sku", "A", "--sku", "B"], "套餐 25.50"),
        (["0.85"], "pay 85 %"),
    ],
)
def test_a_rule_says_half_a_yuan(hq: Shop, rule: list[str], shown: str) -> None:
    words = ("campaign", "add", "--name", "x", "--class", "chain", "--ends", "30d", "--rule")

    assert shown in hq(*words, *rule)


@pytest.mark.parametrize("rule", ["30:0", "30:5.555", "30:-5", ":5", "30:", "0.9:5", "5:30", "1.5"])
def test_a_rule_that_can_not_be_is_refused_and_nothing_is_added(hq: Shop, rule: str) -> None:
    try:
        status = main([*ADD, "--rule", rule])
    except SystemExit as exit_:
        status = int(str(exit_.code))

    assert status in (1, 2)
    assert hq("campaign", "list", "--json") == []


def test_name_dates_and_rule_are_mended_before_anybody_uses_it(hq: Shop, number: str) -> None:
    changed = hq(
        *("campaign", "change", number, "--name", "春天", "--rule", "30:5.50"),
        *("--starts", "2026-01-01", "--ends", "2099-06-30", "--json"),
    )

    assert changed["name"] == "春天"
    assert changed["rule"] == {"type": "amount_off", "min_fen": 3_000, "off_fen": 550}
    assert hq("campaign", "list", "--json") == [changed]


def test_what_was_sold_stays_as_it_was_sold(
    hq: Shop, hq_dsn: str, number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    use(hq_dsn, 2)
    before = hq("campaign", "list", "--json")

    for change in (["--rule", "30:10"], ["--class", "bound"], ["--starts", "9d"], ["--sku", "A"]):
        assert main(["campaign", "change", number, *change]) == 1
        assert "were used 2 times" in capsys.readouterr().err
    assert hq("campaign", "list", "--json") == before

    hq("campaign", "change", number, "--name", "Later", "--ends", "30d", "--rule", "30:5")
    assert hq("campaign", "list", "--json")[0]["name"] == "Later"


def test_rules_under_which_coupons_that_are_out_would_be_void_are_refused(
    hq: Shop, number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for change in (["--class", "bound"], ["--member-only"]):
        assert main(["campaign", "change", number, *change]) == 1
        assert "use then: 3" in capsys.readouterr().err
    hq("coupon", "revoke", "--campaign", number, "--yes")
    assert hq("campaign", "change", number, "--class", "bound", "--json")["class"] == "bound"


@pytest.mark.parametrize("starts", [[], ["--starts", "9d"]], ids=["running", "to come"])
def test_ending_says_what_it_hits_and_asks(
    hq: Shop, hq_dsn: str, capsys: pytest.CaptureFixture[str], starts: list[str]
) -> None:
    hq("stores", "add", "MB001")
    number = str(hq(*ADD, "--rule", "30:5", *starts)["campaign"])
    hq("issue", "--campaign", number, "--count", "5", "--expires", "10d")
    use(hq_dsn, 2)
    before = hq("campaign", "list", "--json")

    assert main(["campaign", "end", number]) == 1
    told = capsys.readouterr().err
    assert "coupons: 5; held by customers and refused from now on: 3" in told
    assert "used, whose sales stay: 2" in told
    assert "being online: 1;" in told
    assert "--yes" in told
    assert hq("campaign", "list", "--json") == before

    ended = hq("campaign", "end", number, "--yes", "--json")
    assert ended["starts_at"] < ended["ends_at"]
    assert hq("campaign", "list", "--json") == [ended]
    assert main(["campaign", "end", number, "--yes"]) == 1
    assert "over already" in capsys.readouterr().err
    assert main(["issue", "--campaign", number]) == 1
    assert "campaign change" in capsys.readouterr().err


def test_a_copy_has_other_dates_and_the_rest_of_the_campaign(
    hq: Shop, number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    hq("campaign", "end", number, "--yes")
    [original] = hq("campaign", "list", "--json")

    assert main(["campaign", "copy", number]) == 1
    assert "--ends" in capsys.readouterr().err
    copy = hq("campaign", "copy", number, "--ends", "2099-06-30", "--rule", "30:6", "--json")

    assert copy["campaign"] != original["campaign"]
    assert (copy["name"], copy["class"]) == ("Spring", "chain")
    assert copy["rule"]["off_fen"] == 600
    assert copy["starts_at"] >= original["ends_at"]


def test_an_article_that_nobody_has_is_in_no_campaign(
    hq: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "articles.csv"
    file.write_text("sku,name,price\nA1,milk,5\n")
    hq("articles", "import", str(file))

    for rule in (["--rule", "0.9", "--sku", "A1", "--sku", "A2"], ["--rule", "gift:A2"]):
        assert main([*ADD, *rule]) == 1
        assert "no article 'A2'" in capsys.readouterr().err
    assert hq("campaign", "list", "--json") == []
    hq(*ADD, "--rule", "gift:A1")
