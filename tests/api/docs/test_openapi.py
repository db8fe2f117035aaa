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

from agent.api.entry.access import MODE_HEADER, TRAINING_MODE
from agent.api.live import TOPICS
from agent.base.strict_json import MAX_INTEGER
from agent.domain.outcome import Reason, template
from tests.api.conftest import Shop
from tests.api.contract import Contract
from tests.api.till import Till
from tests.services.facts import checked_events

EXAMPLES = 12

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


async def test_every_reason_is_told_with_the_cashiers_sentence(till: Till) -> None:
    told = (await till.get("/openapi.json")).json["components"]["schemas"]["Reason"]
    lines = told["description"].splitlines()[2:]
    assert [line.split("`")[1] for line in lines] == list(Reason) == told["enum"]
    for line, reason in zip(lines, Reason, strict=True):
        assert template(reason).zh_cn in line
        assert template(reason).en in line


async def test_the_document_speaks_json_and_not_python(till: Till) -> None:
    document = (await till.get("/openapi.json")).json
    said = _values(document, "description")
    assert len(said) > 100
    assert [text for text in said if re.search(r"\b(None|True|False|\w+Error)\b", text)] == []
    bounds = [value for name in ("minimum", "maximum") for value in _values(document, name)]
    assert len(bounds) > 20
    assert max(map(abs, bounds)) <= MAX_INTEGER


async def test_patterns_are_in_the_dialect_of_json_schema(till: Till) -> None:
    patterns = _values((await till.get("/openapi.json")).json, "pattern")
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


def _values(document: Any, name: str) -> list[Any]:
    """Return what stands under `name`, at any depth."""
    if isinstance(document, list):
        return [found for item in document for found in _values(item, name)]
    if not isinstance(document, dict):
        return []
    own = [document[name]] if name in document and not isinstance(document[name], dict) else []
    return own + [found for item in document.values() for found in _values(item, name)]


async def test_what_may_be_left_out_of_an_order_is_not_required_and_has_no_default(
    till: Till,
) -> None:
    document = (await till.get("/openapi.json")).json
    schemas = document["components"]["schemas"]
    assert _values(document, "default") == []
    assert {"till", "cashier", "lines"} <= set(schemas["Sale"]["required"])
    assert not {"coupons", "member_id", "print"} & set(schemas["Sale"]["required"])
    assert set(schemas["SaleAnswer"]["required"]) == set(schemas["SaleAnswer"]["properties"])
    assert "Left out: 1." in schemas["LineOrder"]["properties"]["quantity"]["description"]


async def test_a_program_may_practise_wherever_it_may_ask_and_is_told_so(till: Till) -> None:
    paths = (await till.get("/openapi.json")).json["paths"]
    for path, methods in paths.items():
        for operation in methods.values():
            names = {parameter["name"] for parameter in operation["parameters"]}
            assert (MODE_HEADER in names) == ({"apiKey": []} in operation["security"]), path
    answer = await till.get("/api/v1/status", **{MODE_HEADER: TRAINING_MODE})
    assert answer.headers[MODE_HEADER] == TRAINING_MODE


async def test_the_document_names_the_agent_that_serves_it(till: Till) -> None:
    document = (await till.get("/openapi.json")).json
    assert document["servers"][0]["url"] == till.url
    assert "101" in document["paths"]["/api/v1/events"]["get"]["responses"]
    for topic in TOPICS:
        assert f"`{topic}`" in document["paths"]["/api/v1/events"]["get"]["description"]
