"""The OpenAPI document is true: thousands of generated requests find nothing that it denies."""

import asyncio
import json
import re
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.api.conftest import Shop
from tests.api.contract import Contract
from tests.api.till import Till
from tests.services.facts import checked_events

EXAMPLES = 30
TIMEOUT_S = 300.0

# Data of the right form may still name an article that is not known; and schemathesis writes 1.0
# for an integer, which is refused near money: so acceptance of all that has the form is not asked.
# A body too large is a rejection, too.
CONFIG = """
[checks]
positive_data_acceptance.enabled = false
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 409, 413, 415, 422]
"""


async def test_generated_requests_find_no_fault_and_no_answer_outside_the_document(
    shop: Shop, till: Till, tmp_path: Path
) -> None:
    paths = (await till.get("/openapi.json")).json["paths"]
    operations = sum(len(methods) for methods in paths.values())
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG)
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        f"--config-file={config}",
        "run",
        f"{till.url}/openapi.json",
        f"--header=Authorization: Bearer {till.key}",
        f"--max-examples={EXAMPLES}",
        "--seed=1",
        "--generation-deterministic",
        "--no-color",
        cwd=tmp_path,
        stdout=PIPE,
        stderr=STDOUT,
    )
    async with asyncio.timeout(TIMEOUT_S):
        report = (await process.communicate())[0].decode()
    assert process.returncode == 0, report
    assert f"Tested: {operations}" in report
    assert (await till.get("/healthz")).status == 200
    checked_events(shop.state_dir, "MB001")


async def test_who_may_ask_is_told_right_for_the_key_of_a_pos(shop: Shop, till: Till) -> None:
    pos = shop.another_till("pos-1")
    told, seen = {}, {}
    for path, methods in (await till.get("/openapi.json")).json["paths"].items():
        for method, operation in methods.items():
            name, sent = operation["operationId"], re.sub(r"{\w+}", "x", path)
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            order = content["example"] if content else None
            if operation["security"] == [{"session": []}]:
                told[name] = "no_session"
            elif "no POS's key" in operation["description"]:
                told[name] = "role_needed"
            answer = await pos.post(sent, order, method=method.upper())
            if answer.status in {403, 404} and answer.code in {"no_session", "role_needed"}:
                seen[name] = answer.code
    assert told == seen
    assert len(told) > 5


async def test_patterns_are_in_the_dialect_of_json_schema(till: Till) -> None:
    patterns = _patterns((await till.get("/openapi.json")).json)
    assert len(patterns) > 5
    for pattern in patterns:
        assert pattern.startswith("^")
        assert pattern.endswith("$")


async def test_the_contract_finds_answers_outside_the_document(till: Till) -> None:
    contract = Contract((await till.get("/openapi.json")).json)
    answer = await till.post("/api/v1/scans", {"code": "x"})
    contract.check("POST", "/api/v1/scans", 200, answer.content_type, answer.body)
    wrong = json.dumps(answer.json | {"kind": "lottery"}).encode()
    with pytest.raises(jsonschema_rs.ValidationError):
        contract.check("POST", "/api/v1/scans", 200, answer.content_type, wrong)
    with pytest.raises(AssertionError, match="may not answer 418"):
        contract.check("POST", "/api/v1/scans", 418, answer.content_type, answer.body)
    with pytest.raises(AssertionError, match="text/html"):
        contract.check("POST", "/api/v1/scans", 200, "text/html", answer.body)


def _patterns(value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for item in value for found in _patterns(item)]
    if not isinstance(value, dict):
        return []
    own = [value["pattern"]] if isinstance(value.get("pattern"), str) else []
    return own + [found for item in value.values() for found in _patterns(item)]
