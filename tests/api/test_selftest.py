"""The selftest finds a right agent right, and each thing that an agent could do wrong."""

import pytest

from agent.ops.selftest.check import Finding, Mark
from agent.ops.selftest.command import find
from agent.ops.selftest.wire import MODE
from tests.api.agent_faults import FAULTS, KEY, forgets_keys
from tests.api.conftest import Shop
from tests.api.till import Till
from tests.api.wrong_agent import Asked, Fault, Forward, Told, none, wrong_agent


def wrong(findings: list[Finding]) -> set[str]:
    return {finding.check.name for finding in findings if finding.mark is Mark.WRONG}


def of(findings: list[Finding], name: str) -> Finding:
    return next(finding for finding in findings if finding.check.name == name)


@pytest.mark.parametrize("behind", ["nothing", "a proxy"])
async def test_a_right_agent_is_right_in_everything(shop: Shop, till: Till, behind: str) -> None:
    codes = [shop.chain.token(), "6901234567892"]
    before = shop.facts()
    async with wrong_agent(till.url, none) as proxied:
        url = till.url if behind == "nothing" else proxied
        findings = await find(url, till.key, codes)
    assert [(f.check.name, f.seen) for f in findings if f.mark is not Mark.RIGHT] == []
    assert len(findings) > 20
    assert shop.facts() == before


async def test_a_coupon_that_was_tried_is_still_good(shop: Shop, till: Till) -> None:
    coupon = shop.chain.token()
    for _ in range(2):
        findings = await find(till.url, till.key, [coupon])
        assert of(findings, "redemption").mark is Mark.RIGHT
    real = await till.post("/api/v1/scans", {"code": coupon})
    assert real.json["verdict"]["outcome"] == "accepted"


async def test_without_a_good_coupon_redeeming_is_not_tried(till: Till) -> None:
    findings = await find(till.url, till.key, ["NO-SUCH-CODE"])
    assert of(findings, "redemption").mark is Mark.NOT_TRIED
    assert "--code" in of(findings, "redemption").seen
    assert of(findings, "code_1").seen.startswith("other: refused (unknown_code)")
    assert wrong(findings) == set()


async def test_nothing_is_written_before_training_is_confirmed(shop: Shop, till: Till) -> None:
    asked: list[Asked] = []

    async def knows_no_training(request: Asked, forward: Forward) -> Told:
        asked.append(request)
        request.headers.pop(MODE, None)
        return await forward(request)

    before = shop.facts()
    async with wrong_agent(till.url, knows_no_training) as url:
        findings = await find(url, till.key, [])
    assert wrong(findings) == {"training"}
    assert findings[-1].mark is Mark.NOT_TRIED
    assert not any(KEY in request.headers for request in asked)
    assert shop.facts() == before


async def test_without_a_key_that_works_nothing_else_is_tried(till: Till) -> None:
    findings = await find(till.url, "sk_wrong", [])
    assert wrong(findings) == {"key"}
    after = findings.index(of(findings, "key")) + 1
    assert after < len(findings)
    assert all(finding.mark is Mark.NOT_TRIED for finding in findings[after:])


async def test_where_nobody_answers_the_key_is_not_blamed(till: Till) -> None:
    findings = await find("http://127.0.0.1:9", till.key, [])
    assert wrong(findings) == {"agent"}
    assert "no answer" in findings[0].seen
    assert "systemctl status store-agent" in findings[0].check.hint


@pytest.mark.parametrize("body", [b'{"info":{"title":"Something else"}}', b"<html>", b"[]"])
async def test_another_server_is_told_from_an_agent(till: Till, body: bytes) -> None:
    async def another(_: Asked, __: Forward) -> Told:
        return Told(200, {"Content-Type": "application/json"}, body)

    async with wrong_agent(till.url, another) as url:
        assert wrong(await find(url, till.key, [])) == {"agent"}


async def test_what_failed_is_shown_with_request_and_answer_but_without_the_key(
    till: Till,
) -> None:
    async with wrong_agent(till.url, forgets_keys) as url:
        finding = of(await find(url, till.key, []), "idempotency_repeated")
    shown = "\n".join(finding.transcript)
    assert "POST /api/v1/sales" in shown
    assert "Authorization: Bearer sk_…" in shown
    assert "→ 201 application/json" in shown
    assert till.key not in shown
    assert finding.check.hint


@pytest.mark.parametrize(("fault", "found_by"), FAULTS)
async def test_each_fault_is_found_by_the_checks_meant_for_it(
    shop: Shop, till: Till, fault: Fault, found_by: set[str]
) -> None:
    async with wrong_agent(till.url, fault) as url:
        findings = await find(url, till.key, [shop.chain.token()])
    assert wrong(findings) == found_by


@pytest.mark.parametrize("greeting", ["hello", '{"topic":"scan"}', '["status"]'])
async def test_a_socket_that_does_not_begin_with_the_status_is_found(
    till: Till, greeting: str
) -> None:
    async with wrong_agent(till.url, none, greeting=greeting) as url:
        assert wrong(await find(url, till.key, [])) == {"events"}


async def test_every_check_has_a_fault_that_it_finds(till: Till) -> None:
    by_gates = {"agent", "key", "training", "events"}  # tested above
    findable = by_gates.union(*(found_by for _, found_by in FAULTS))
    names = {finding.check.name for finding in await find(till.url, till.key, ["X"])}
    assert names == findable
