"""GET /metrics: what store IT wants to be alarmed of, by Prometheus' rules, and nobody's data."""

import re
import subprocess
from pathlib import Path

import aiohttp

from agent.api.entry.keys import MONITORING_CLIENT
from agent.base.tally import MAX_SERIES, OTHER
from tests.api.conftest import Shop
from tests.api.till import SCANS, STATUS, Till, sale

METRICS = "/metrics"
GUIDE = Path(__file__).parents[3] / "docs/store-it/monitoring.md"
MAX_SAMPLES = 400
"""Of one store's page; a chain of thousand stores then fits into one Prometheus."""


def samples(page: str) -> dict[str, float]:
    """Each sample by its name with labels."""
    lines = (line.rsplit(" ", 1) for line in page.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in lines}


def checked(page: str) -> tuple[int, str]:
    """What `promtool check metrics` says of a page, with its exit code."""
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=page, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def undocumented(page: str) -> set[str]:
    """Figures of a page that the guide does not name."""
    known = GUIDE.read_text("utf-8")
    figures = re.findall(r"^# TYPE ((?!process_)\w+) ", page, re.MULTILINE)
    assert figures
    return {figure for figure in figures if f"`{figure}`" not in known}


async def read(till: Till) -> str:
    answer = await till.get(METRICS)
    assert (answer.status, answer.content_type) == (200, "text/plain")
    return answer.body.decode()


async def test_promtool_finds_nothing_to_mend_in_the_page(till: Till) -> None:
    await till.post("/api/v1/sales", sale())
    page = await read(till)
    assert checked(page) == (0, "")
    assert undocumented(page) == set()
    code, told = checked(page.replace("event_loop_lag_seconds", "eventLoopLagMilliseconds"))
    assert code != 0, "the control has to be found"
    assert "Milliseconds" in told


async def test_the_page_tells_what_the_status_tells(till: Till) -> None:
    for _ in range(3):
        assert (await till.post("/api/v1/sales", sale())).status == 201
    status, told = (await till.get(STATUS)).json, samples(await read(till))
    assert told["store_agent_journal_events_total"] == status["journal_seq"] == 3
    assert told["store_agent_outbox_pending_events"] == status["outbox"]["pending"] == 3
    assert told["store_agent_acknowledged_events_total"] == status["acked_seq"] == 0
    assert told['store_agent_http_responses_total{operation="sell",status="2xx"}'] == 3
    assert told['store_agent_commit_seconds_count{database="store"}'] >= 3
    assert told['store_agent_upload_state{state="unconfigured"}'] == 1
    assert told["store_agent_sales_recordable"] == 1
    assert told["store_agent_disk_free_bytes"] > 0
    assert told["store_agent_start_time_seconds"] > 0


async def test_no_code_phone_or_path_that_is_sent_gets_onto_the_page(till: Till) -> None:
    before = len(samples(await read(till)))
    for number in range(MAX_SERIES + 1):
        await till.get(f"/13812345678/{number}")
    await till.post(SCANS, {"code": "SECRET-COUPON-4711", "till": "T1"})
    page = await read(till)
    told = samples(page)
    assert (
        told[f'store_agent_http_responses_total{{operation="{OTHER}",status="4xx"}}'] > MAX_SERIES
    )
    assert len(told) <= before + 3  # pages not found, scans, and what the first page itself added
    assert len(told) < MAX_SAMPLES
    assert not re.search(r"1381234|SECRET", page)


async def test_the_key_for_monitoring_reads_and_does_nothing_else(shop: Shop, till: Till) -> None:
    monitoring = shop.another_till(MONITORING_CLIENT)
    assert "store_agent_line_online" in await read(monitoring)
    assert (await monitoring.get(STATUS)).status == 200
    for refused in (
        await monitoring.post("/api/v1/sales", sale()),
        await monitoring.get("/api/v1/members?query=5678"),
        await monitoring.get("/api/v1/events"),
        await monitoring.get("/nowhere"),
    ):
        assert (refused.status, refused.code) == (403, "monitoring_only")
    assert (await till.get(STATUS)).json["journal_seq"] == 0


async def test_without_a_key_the_page_is_shut(till: Till) -> None:
    async with aiohttp.ClientSession() as nobody, nobody.get(till.url + METRICS) as answer:
        assert answer.status == 401
