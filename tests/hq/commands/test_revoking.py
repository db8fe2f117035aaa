"""Coupons are found again, counted and revoked: one, those of one issue, or all of a campaign."""

import asyncio
import os
import pty
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from sync.hq.cli import main
from tests.hq.commands.conftest import Shop
from tests.hq.commands.test_campaigns import ADD, use

pytestmark = pytest.mark.usefixtures("signing")

MEMBER = "a" * 24


@pytest.fixture
def number(hq: Shop) -> str:
    """The number of a campaign whose coupons every store takes."""
    hq("stores", "add", "MB001")
    hq("stores", "add", "MB002")
    return str(hq(*ADD, "--rule", "0.9")["campaign"])


@pytest.fixture
def issue(hq: Shop, number: str) -> Shop:
    """Issue coupons of the campaign."""
    return lambda *words: hq("issue", "--campaign", number, "--expires", "10d", "--json", *words)


def states(hq: Shop, *words: str) -> list[str]:
    return [coupon["state"] for coupon in hq("coupon", "list", *words, "--json")]


def told(dsn: str) -> list[tuple[Any, ...]]:
    async def ask() -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(dsn)
        rows = await connection.fetch(
            "SELECT store, key, body::json->>'state' FROM change WHERE entity = 'coupon'"
        )
        await connection.close()
        return [tuple(row) for row in rows]

    return asyncio.run(ask())


def test_a_coupon_is_revoked_by_whatever_the_customer_holds(
    hq: Shop, hq_dsn: str, issue: Shop
) -> None:
    by_id, by_token, untouched = issue("--count", "3")
    [typed] = issue("--store", "MB001", "--opaque")

    hq("coupon", "revoke", by_id["coupon_id"].upper())
    hq("coupon", "revoke", by_token["token"].lower())
    hq("coupon", "revoke", typed["code"])

    revoked = {c["coupon_id"] for c in hq("coupon", "list", "--state", "revoked", "--json")}
    assert revoked == {by_id["coupon_id"], by_token["coupon_id"], *typed["coupon_ids"]}
    assert [c["coupon_id"] for c in hq("coupon", "list", "--state", "open", "--json")] == [
        untouched["coupon_id"]
    ]
    assert told(hq_dsn) == [
        ("*", by_id["coupon_id"], "revoked"),
        ("*", by_token["coupon_id"], "revoked"),
        ("MB001", typed["coupon_ids"][0], "revoked"),
    ]


def test_a_token_of_a_revoked_key_is_still_known(hq: Shop, issue: Shop, signing: str) -> None:
    [coupon] = issue()
    hq("keys", "revoke", signing, "--yes")

    assert hq("coupon", "revoke", coupon["token"], "--json")["revoked"] is True


def test_a_passphrase_stands_for_all_of_its_coupons_in_every_store(
    hq: Shop, issue: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    issue("--store", "MB001", "--count", "5", "--passphrase", "春天来了")
    issue("--store", "MB002", "--count", "2", "--passphrase", "春天来了")

    assert main(["coupon", "revoke", "春天来了"]) == 1
    assert "stand for: 7" in capsys.readouterr().err
    assert set(states(hq)) == {"open"}
    assert hq("coupon", "revoke", "春天来了", "--yes", "--json") == {"revoked": 7}
    assert states(hq) == ["revoked"] * 7


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("0" * 24, "no coupon"),
        ("HQ1AAAA", "did not sign"),
        ("NOSUCHCODE", "no coupon"),
        ("\x07", "can't be printed"),
    ],
)
def test_what_names_no_coupon_is_told(
    hq: Shop, code: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["coupon", "revoke", code]) == 1
    assert message in capsys.readouterr().err


def test_a_members_card_is_no_coupon(
    hq: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "members.csv"
    file.write_text(f"member_id\n{MEMBER}\n")
    hq("members", "import", str(file))

    assert main(["coupon", "revoke", hq("members", "card", MEMBER).strip()]) == 1
    assert "member's code" in capsys.readouterr().err


def test_an_issue_is_revoked_as_a_whole_and_nothing_else(
    hq: Shop, hq_dsn: str, issue: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = issue("--count", "4")
    right = issue("--count", "2")
    use(hq_dsn, 1)
    run = str(wrong[0]["run"])

    assert main(["coupon", "revoke", "--run", run]) == 1
    assert "coupons: 4; held by customers and refused from now on: 3" in capsys.readouterr().err
    assert told(hq_dsn) == []
    assert hq("coupon", "revoke", "--run", run, "--yes", "--json") == {"revoked": 4}

    assert states(hq, "--run", run) == ["revoked", "revoked", "revoked", "used"]
    assert states(hq, "--run", str(right[0]["run"])) == ["open", "open"]
    assert len(told(hq_dsn)) == 4
    hq("coupon", "revoke", "--run", run, "--yes")
    assert len(told(hq_dsn)) == 4
    [_, first] = hq("coupon", "runs", "--json")
    assert (first["run"], first["coupons"], first["open"]) == (wrong[0]["run"], 4, 0)
    assert (first["used"], first["revoked"], first["kind"]) == (1, 3, "tokens")


def test_all_of_a_campaign_is_revoked_handouts_too(hq: Shop, issue: Shop, number: str) -> None:
    issue()
    issue("--store", "MB001", "--opaque", "--count", "2")
    given = hq("handouts", "give", "MB001", "--campaign", number, "--count", "3", "--json")
    other = str(hq(*ADD, "--rule", "0.8")["campaign"])
    hq("issue", "--campaign", other, "--expires", "10d")

    assert hq("coupon", "revoke", "--campaign", number, "--yes", "--json") == {"revoked": 6}

    assert states(hq, "--run", str(given["run"])) == ["revoked"] * 3
    assert states(hq, "--campaign", other) == ["open"]


def test_coupons_are_listed_by_member_state_and_campaign(
    hq: Shop, issue: Shop, number: str, tmp_path: Path
) -> None:
    file = tmp_path / "members.csv"
    file.write_text(f"member_id\n{MEMBER}\n")
    hq("members", "import", str(file))
    [own] = issue("--member", MEMBER)
    issue("--not-before", "1d", "--count", "2")

    [listed] = hq("coupon", "list", "--member", MEMBER, "--json")
    assert (listed["coupon_id"], listed["state"], listed["campaign"]) == (
        own["coupon_id"],
        "open",
        int(number),
    )
    assert states(hq, "--state", "waiting") == ["waiting"] * 2
    assert states(hq, "--campaign", number, "--limit", "2") == ["waiting"] * 2
    assert own["coupon_id"] in hq("coupon", "list")


def test_issue_says_what_it_printed_beside_the_codes(
    hq: Shop, number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["issue", "--campaign", number, "--expires", "10d", "--count", "2"]) == 0

    said = capsys.readouterr()
    assert [line[:3] for line in said.out.splitlines()] == ["HQ1", "HQ1"]
    assert f"coupons of campaign {number}: 2, good until" in said.err
    assert "store-hq coupon list --run 1" in said.err


@pytest.mark.parametrize(
    ("answer", "state_then"), [("yes\n", "revoked"), ("\n", "open"), ("", "open")]
)
def test_on_a_terminal_it_asks_and_only_yes_does_it(
    hq: Shop,
    issue: Shop,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: str,
    state_then: str,
) -> None:
    [coupon] = issue()
    outer, inner = pty.openpty()
    os.write(outer, answer.encode() or b"\x04")  # Ctrl-D
    with os.fdopen(inner) as terminal, monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", terminal)
        status = main(["coupon", "revoke", "--run", str(coupon["run"])])
    os.close(outer)

    said = capsys.readouterr().err
    assert "Type yes" in said
    assert status == (0 if state_then == "revoked" else 1)
    assert ("nothing was done" in said) == (state_then == "open")
    assert states(hq) == [state_then]


def test_no_coupon_is_issued_that_has_expired_already(
    hq: Shop, number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    dates = ("--not-before", "2026-01-01", "--expires", "2026-01-31")
    for words in (
        ["issue", "--campaign", number],
        ["handouts", "give", "MB001", "--campaign", number],
    ):
        assert main([*words, *dates]) == 1
        assert "expired already" in capsys.readouterr().err
    assert states(hq) == []
