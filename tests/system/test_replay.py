"""The whole chain, real and cut off: every event reaches HQ once, and a difference is told."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.lab.chain import Chain
from tests.lab.replay.__main__ import EXIT_DIFFERS, EXIT_USAGE, parser, planned, replay_all

ROOT = Path(__file__).parents[2]
COUPONS = 150
HOSTILE = COUPONS // 10
KEYS = {
    *("coupons", "redeemed", "accepted_at_risk", "refused", "sales", "discount_fen"),
    *("events_store", "events_hq", "lost", "duplicated", "cases", "journal_hash_equal"),
    *("offline_seconds", "drain_seconds", "redeem_per_s", "drain_per_s"),
}


class Outcome(NamedTuple):
    """What a run of the command came to."""

    status: int
    summary: dict[str, Any]
    complaints: str


async def replay(*options: str) -> Outcome:
    """Run the command as a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "tests.lab.replay", "--json", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    output, complaints = await process.communicate()
    assert process.returncode is not None
    summary = json.loads(output) if output else {}
    return Outcome(process.returncode, summary, complaints.decode())


def assert_exactly_once(summary: dict[str, Any]) -> None:
    assert summary.keys() == KEYS
    assert summary["sales"] == summary["events_store"] == summary["events_hq"]
    assert (summary["lost"], summary["duplicated"]) == (0, 0)
    assert summary["journal_hash_equal"] is True


async def test_a_store_that_is_cut_off_redeems_and_hq_gets_every_event_exactly_once() -> None:
    status, summary, complaints = await replay("--limit", str(COUPONS), "--offline")
    assert (status, summary["coupons"], summary["redeemed"]) == (0, COUPONS, COUPONS), complaints
    assert_exactly_once(summary)
    assert summary["sales"] == COUPONS + HOSTILE
    assert sum(summary["refused"].values()) == HOSTILE
    assert {"already_used", "bad_signature", "wrong_store", "expired"} < summary["refused"].keys()
    assert {"not_yet_valid", "payment_code", "unknown_code"} < summary["refused"].keys()
    assert (summary["accepted_at_risk"], summary["cases"]) == (0, 0)
    assert summary["offline_seconds"] > 0
    assert summary["drain_seconds"] > 0


async def test_every_double_use_becomes_a_case_and_no_sale_is_refused() -> None:
    status, summary, complaints = await replay(
        *["--limit", str(COUPONS), "--stores", "3", "--shared-share", "0.1"]
    )
    shared = COUPONS // 10
    assert (status, summary["redeemed"]) == (0, COUPONS + shared), complaints
    assert (summary["accepted_at_risk"], summary["cases"]) == (2 * shared, shared)
    assert_exactly_once(summary)


async def test_events_reach_hq_while_the_line_is_up() -> None:
    status, summary, complaints = await replay("--limit", "60", "--hostile-share", "0")
    assert (status, summary["redeemed"], summary["refused"]) == (0, 60, {}), complaints
    assert_exactly_once(summary)
    assert (summary["offline_seconds"], summary["drain_per_s"]) == (0, 0)


async def forget_an_event(chain: Chain) -> None:
    async with chain.hq.connection() as connection:
        await connection.execute("DELETE FROM event WHERE seq = 7")


async def hold_an_event_twice(chain: Chain) -> None:
    async with chain.hq.connection() as connection:
        await connection.execute("""
            INSERT INTO event (store, epoch, seq, event_id, received_at, duplicate, hash, line)
            SELECT store, epoch, 1000, gen_random_uuid(), received_at, false, hash, line
            FROM event WHERE seq = 7""")


async def alter_a_line(chain: Chain) -> None:
    async with chain.hq.connection() as connection:
        await connection.execute("""
            UPDATE event SET line = replace(encode(line, 'escape'), 'wechat', 'alipay')::bytea
            WHERE seq = 7""")


async def miscount_the_stock(chain: Chain) -> None:
    async with chain.hq.connection() as connection:
        await connection.execute("""
            UPDATE stock SET quantity = quantity + 1
            WHERE sku = (SELECT min(sku) FROM stock)""")


@pytest.mark.parametrize(
    ("meddle", "differing"),
    [
        (forget_an_event, {"lost": 1, "events_hq": 21, "journal_hash_equal": False}),
        (hold_an_event_twice, {"duplicated": 1, "events_hq": 23, "journal_hash_equal": False}),
        (alter_a_line, {"journal_hash_equal": False}),
        (miscount_the_stock, {}),
    ],
)
async def test_whatever_differs_at_hq_is_told_and_fails_the_replay(
    meddle: Callable[[Chain], Awaitable[None]],
    differing: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    options = parser().parse_args(["--json", "--offline", "--limit", "20"])
    status = await replay_all(options, planned(options), before_audit=meddle)
    output = capsys.readouterr()
    assert status == EXIT_DIFFERS
    assert "does not add up: MB001" in output.err
    sound = {
        "lost": 0,
        "duplicated": 0,
        "journal_hash_equal": True,
        "events_store": 22,
        "events_hq": 22,
    }
    summary = json.loads(output.out)
    assert {key: summary[key] for key in sound} == sound | differing


async def test_coupons_can_not_be_shared_by_one_store() -> None:
    status, _, complaints = await replay("--shared-share", "0.1")
    assert (status, "needs --stores 2" in complaints) == (EXIT_USAGE, True)


async def test_a_file_that_can_not_be_used_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "coupons.csv"
    file.write_text("User_id,Merchant_id,Coupon_id,Discount_rate\n1,2,3,30:5\n1,2,3,5 off\n")
    status, summary, complaints = await replay("--coupons", str(file))
    assert (status, summary) == (EXIT_USAGE, {})
    assert f"{file}, line 3: Discount_rate: expected 'x:y'" in complaints
