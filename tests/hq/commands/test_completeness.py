"""store-hq completeness, reconciliation and compare: what they print, and the file for Excel."""

import asyncio
import csv
from pathlib import Path

import msgspec
import pytest

from sync.hq.cli import main
from tests.hq.commands.conftest import Shop
from tests.hq.head_office import head_office
from tests.hq.journal import NOON

STORE = "MB001"
DAY = "2027-01-15"


@pytest.fixture
def sold(hq: Shop, hq_dsn: str, keys_dir: Path) -> None:
    """A store told of three sales, and has more."""

    async def send() -> None:
        async with head_office(hq_dsn, keys_dir) as office:
            store = await office.store(STORE)
            [coupon] = await office.issue(1)
            await office.db.execute(
                "UPDATE campaign SET body = replace(body, '\"30-5\"', '\"=30-5\"')"
            )
            await office.db.execute("UPDATE coupon SET issued_at = $1", NOON)
            journal = store.journal_of_sales(1)
            journal.redeem(coupon, bound=False)
            journal.sell()
            await store.send(journal)
            await office.settle()

    asyncio.run(send())


def test_the_days_the_month_and_the_comparison_are_shown_in_words_and_as_files(
    hq: Shop,
    sold: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = hq("completeness", STORE, "--since", DAY, "--until", DAY)
    assert "receipts missing: 1 (T1 2)" in told
    as_json = hq("completeness", STORE, "--since", DAY, "--until", DAY, "--json")
    assert [day["sales"] for day in as_json["days"]] == [2]
    missing = [one for one in as_json["anomalies"] if one["kind"] == "receipts_missing"]
    assert [(one["count"], one["business_date"]) for one in missing] == [(1, DAY)]
    assert main(("completeness", "--since", DAY, "--until", "2026-01-01")) == 1
    assert "--until" in capsys.readouterr().err

    file = tmp_path / "month.csv"
    hq("reconciliation", "2027-01", "--to", str(file))
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    sales = next(row for row in rows if row["figure"] == "sales")
    assert (sales["count"], sales["yuan"], sales["z_yuan"], sales["difference_yuan"]) == (
        "2",
        "20.00",
        "0.00",
        "20.00",
    )
    [issued] = [row for row in rows if row["figure"] == "coupons_issued"]
    assert (issued["store"], issued["channel"], issued["name"]) == ("*", "online", "'=30-5")
    assert hq("reconciliation", "2027-01").splitlines()[0].startswith("month,store,figure,channel")
    assert main(("reconciliation", "2027-01", "--to", str(tmp_path / "no" / "dir.csv"))) == 1
    assert "can't be written" in capsys.readouterr().err

    looked = hq("compare", STORE)
    assert "every event is as it was received" in looked
    assert "the store: not compared yet" in looked
    assert hq("compare", "--json")[0]["wanted_at"] is not None
    assert msgspec.json.encode(hq("compare", STORE, "--json")["wrong_here"]) == b"null"
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "小票缺号" in hq("completeness", STORE, "--since", DAY, "--until", DAY)
