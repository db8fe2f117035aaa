"""docs/pos-integration.md says what is so: routes, figures, codes, and lines that work."""

import asyncio
import re
from asyncio.subprocess import PIPE
from typing import Any

import pytest

from agent.api.body import BODY_TIMEOUT_S, MAX_BODY_BYTES
from agent.api.docs.problem_pages import PAGES
from agent.api.live import FELL_BEHIND, MAX_SOCKETS, SIGNED_IN_ELSEWHERE, SIGNED_OUT
from agent.api.server import IDLE_S, MAX_CONNECTIONS
from agent.services.desk.news import Topic
from agent.services.house.housekeeping import IDEMPOTENCY_DAYS
from tests.api.conftest import Shop
from tests.api.docs.problem_table import DOCUMENT, table, table_told
from tests.api.till import Till

FOR_THE_PAGE = {"sessions", "cashiers"}
"""Subjects that only the agent's own till page and store IT use."""
BESIDES = {("GET", "/healthz"), ("GET", "/readyz")}
"""Routes that the OpenAPI document need not tell."""
TIMEOUT_S = 20.0


@pytest.fixture(scope="module")
def text() -> str:
    return DOCUMENT.read_text("utf-8")


def test_the_table_of_codes_is_the_agents_own() -> None:
    assert table_told() == table(), "python -m tests.api.docs.problem_table writes it anew"


async def test_the_table_of_routes_is_the_agents_own(till: Till, text: str) -> None:
    paths: dict[str, Any] = (await till.get("/openapi.json")).json["paths"]
    routes = {
        (method.upper(), path)
        for path, methods in paths.items()
        for method, operation in methods.items()
        if not FOR_THE_PAGE & set(operation["tags"])
    }
    told = re.findall(r"^\| `([A-Z]+) (\S+)` \|", text, re.MULTILINE)
    assert len(told) == len(set(told))
    assert set(told) == routes | BESIDES


async def test_the_routes_besides_are_there(till: Till) -> None:
    for method, path in BESIDES:
        assert (await till.send(method, path, api_key=None)).status == 200
    assert (await till.get("/api/v1/events")).code == "upgrade_needed"


def test_the_figures_are_the_agents_own(text: str) -> None:
    flat = " ".join(text.split())
    assert f"at most {MAX_BODY_BYTES:,} bytes, whole within {BODY_TIMEOUT_S:.0f} s" in flat
    assert f"silent for {IDLE_S:.0f} s is closed. At most {MAX_CONNECTIONS} at once" in flat
    assert f"for {IDEMPOTENCY_DAYS} days" in flat
    assert f"Closed by {SIGNED_OUT}: the key was taken away; by {SIGNED_IN_ELSEWHERE}: the" in flat
    assert f"at another window; by {FELL_BEHIND}: you heard too slowly." in flat
    assert f"At most {MAX_SOCKETS} sockets at once" in flat


def test_the_codes_and_topics_that_it_names_exist(text: str) -> None:
    assert set(re.findall(r"(?:409|422) `(\w+)`", text)) <= PAGES.keys()
    topics = text.partition("Topics: ")[2].partition(". Nothing")[0]
    assert set(re.findall(r"`(\w+)`", topics)) <= {topic.value for topic in Topic}


async def test_the_lines_of_the_tutorial_work_and_write_nothing_real(
    shop: Shop, till: Till, text: str
) -> None:
    block = text.partition("```sh\n")[2].partition("```")[0]
    first, _, rest = "\n".join(line.strip() for line in block.splitlines()).partition("\n")
    assert first == "AGENT=127.0.0.1:8770; KEY=sk_…; COUPON=HQ1…"
    mine = f"AGENT=127.0.0.1:{till.port}; KEY={till.key}; COUPON={shop.chain.token()}"
    before = shop.facts()
    process = await asyncio.create_subprocess_exec(
        "bash", "-euc", f"{mine}\n{rest}", stdout=PIPE, stderr=PIPE
    )
    async with asyncio.timeout(TIMEOUT_S):
        out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    scanned, quoted, sold, status = out.decode().splitlines()
    assert '"outcome":"accepted"' in scanned
    assert '"payable_fen":10000' in quoted
    assert '"recorded":true' in sold
    assert '"receipt":"TRAIN-' in sold
    assert '"journal_seq":0' in status
    assert shop.facts() == before
