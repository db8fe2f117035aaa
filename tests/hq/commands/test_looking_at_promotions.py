"""The clerk sees what runs and what it was before, ends a promotion, and takes that back."""

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from sync.hq.cli import main
from tests.hq.commands.conftest import Shop

OFF = {"kind": "amount_off", "off_fen": 100}
NOW = datetime.now(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None, microsecond=0)
TOMORROW = (NOW + timedelta(days=1)).date().isoformat()
IN_A_WEEK = (NOW + timedelta(days=7)).date().isoformat()


@pytest.fixture
def back(tmp_path: Path) -> Path:
    return tmp_path / "back.json"


@pytest.fixture
def book(hq: Shop, back: Path) -> Shop:
    """A head office with four promotions."""
    back.write_text(
        json.dumps(
            {
                "promotions": [
                    {"id": "NOW", "name": "满减", "effect": OFF},
                    {"id": "LATER", "name": "减", "effect": OFF, "when": {"starts": TOMORROW}},
                    {"id": "OVER", "name": "旧", "effect": OFF, "when": {"ends": "2020-01-01"}},
                    {
                        "id": "CARD",
                        "name": "券",
                        "trigger": "coupon",
                        "effect": {"kind": "percent_off", "pay_bp": 9_000},
                        "when": {"ends": IN_A_WEEK},
                    },
                ],
                "round_down_to_fen": 10,
            }
        ),
        "utf-8",
    )
    hq("promotions", "import", str(back))
    return hq


def ids(told: Any) -> list[str]:
    return [one["promotion"] for one in told]


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["promotions", *words]) == 1
    return capsys.readouterr().err


def test_the_list_says_where_each_is_and_filters(book: Shop) -> None:
    told = book("promotions", "list", "--json")
    assert {one["promotion"]: one["state"] for one in told} == {
        "NOW": "running",
        "LATER": "planned",
        "OVER": "ended",
        "CARD": "running",
    }

    def listed(*words: str) -> list[str]:
        return ids(book("promotions", "list", "--json", *words))

    assert listed("--state", "planned", "--state", "ended") == ["LATER", "OVER"]
    assert listed("--trigger", "coupon") == listed("--kind", "percent_off") == ["CARD"]
    assert listed("减") == ["LATER", "NOW"]
    assert "no such promotion" in book("promotions", "list", "nothing")
    assert "满减" in book("promotions", "list")


def test_what_was_exported_changes_nothing_when_it_is_imported(book: Shop, back: Path) -> None:
    back.write_text(book("promotions", "export"), "utf-8")
    book("promotions", "check", str(back))
    told = book("promotions", "import", str(back), "--json")
    assert (told["unchanged"], told["changes"], told["rules"]) == (3, [], None)
    assert json.loads(back.read_text())["round_down_to_fen"] == 10
    whole = json.loads(book("promotions", "export", "--all"))
    assert len(whole["promotions"]) == 4
    assert list(json.loads(book("promotions", "export", "NOW"))) == ["format", "promotions"]


def test_an_ended_promotion_comes_back_with_the_version_before(
    book: Shop, back: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = book("promotions", "end", "CARD", "--json")
    assert ended["version"] == 2
    assert ended["promotion"]["when"]["ends"] >= NOW.isoformat(timespec="minutes")
    assert ids(book("promotions", "list", "--state", "ended", "--json")) == ["CARD", "OVER"]
    assert "over already" in refused(capsys, "end", "CARD")

    back.write_text(book("promotions", "export", "CARD", "--version", "1"), "utf-8")
    book("promotions", "import", str(back))
    shown = book("promotions", "show", "CARD", "--json")
    assert (shown["listed"]["state"], shown["listed"]["version"]) == ("running", 3)
    assert [one["version"] for one in shown["versions"]] == [3, 2, 1]
    assert shown["versions"][0]["promotion"] == shown["versions"][2]["promotion"]
    assert [one["field"] for one in shown["versions"][1]["fields"]] == ["when.ends"]
    words = book("promotions", "show", "CARD")
    assert "ended by hand" in words
    assert f"when.ends {IN_A_WEEK} → " in words


def test_an_end_is_at_a_moment_and_never_a_later_one(
    book: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = book("promotions", "end", "CARD", "--at", TOMORROW, "--json")
    assert ended["promotion"]["when"]["ends"] == TOMORROW
    ended = book("promotions", "end", "NOW", "--at", f"{IN_A_WEEK}T08:30", "--json")
    assert ended["promotion"]["when"]["ends"] == f"{IN_A_WEEK}T08:30"
    assert "ends earlier" in refused(capsys, "end", "CARD", "--at", IN_A_WEEK)
    assert "lies in the past" in refused(capsys, "end", "NOW", "--at", "2020-01-01")
    assert "before it begins" in refused(capsys, "end", "LATER", "--at", f"{TOMORROW}T00:00")
    book("promotions", "end", "LATER")
    assert "LATER" in ids(book("promotions", "list", "--state", "ended", "--json"))
    assert "no promotion 'NONE'" in refused(capsys, "end", "NONE")
    assert "no promotion 'NONE'" in refused(capsys, "show", "NONE")
    assert "no promotion 'NONE'" in refused(capsys, "export", "NONE")
    assert "has no version 9" in refused(capsys, "export", "NOW", "--version", "9")


def test_it_is_shown_which_stores_have_it(book: Shop, hq_dsn: str) -> None:
    for store in ("MB001", "MB002", "MB003"):
        book("stores", "add", store)
    shown = book("promotions", "show", "NOW", "--json")
    assert shown["stores"]["not_yet"] == ["MB001", "MB002", "MB003"]
    contact = "INSERT INTO store_contact (store, last_contact, feed_at) VALUES ($1, $2, $2)"
    at = shown["listed"]["imported_at"]
    run(hq_dsn, contact, "MB001", at)
    run(hq_dsn, contact, "MB002", at - 1)
    run(hq_dsn, contact, "MB003", at)
    parked = "INSERT INTO parked_change VALUES ($1, 'promotion', $2, 'unknown kind', $3)"
    run(hq_dsn, parked, "MB003", "NOW", at)
    stores = book("promotions", "show", "NOW", "--json")["stores"]
    assert stores == {"have": ["MB001"], "not_yet": ["MB002"], "too_old": ["MB003"]}
    assert "too old for it, and do not apply it: MB003" in book("promotions", "show", "NOW")


def run(dsn: str, query: str, *values: Any) -> None:
    async def execute() -> None:
        db = await asyncpg.connect(dsn)
        await db.execute(query, *values)
        await db.close()

    asyncio.run(execute())


def test_results_are_shown_for_people_and_programs(book: Shop) -> None:
    told = book("promotions", "results", "--promotion", "NOW", "--promotion", "CARD", "--json")
    assert [(one["promotion"], one["used"], one["redeemed_bp"]) for one in told] == [
        ("CARD", 0, None),
        ("NOW", 0, None),
    ]
    assert "满减" in book("promotions", "results", "--since", "2026-12-01")
