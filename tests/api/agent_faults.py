"""What an agent could do wrong, one thing at a time."""

import json
from uuid import uuid4

from agent.ops.selftest.wire import MODE
from tests.api.wrong_agent import Asked, Fault, Forward, Told

KEY = "Idempotency-Key"


async def forgets_keys(asked: Asked, forward: Forward) -> Told:
    if KEY in asked.headers:
        asked.headers[KEY] = str(uuid4())
    return await forward(asked)


async def makes_keys(asked: Asked, forward: Forward) -> Told:
    if asked.is_to("POST", "/sales"):
        asked.headers.setdefault(KEY, str(uuid4()))
    return await forward(asked)


async def knows_keys_by_body(asked: Asked, forward: Forward) -> Told:
    if KEY in asked.headers:
        asked.headers[KEY] += f"-{hash(asked.body):x}"[:20]
    return await forward(asked)


def sells_at_once() -> Fault:
    running: set[str] = set()

    async def fault(asked: Asked, forward: Forward) -> Told:
        key = asked.headers.get(KEY, "")
        if key in running:
            asked.headers[KEY] = str(uuid4())
        running.add(key)
        try:
            return await forward(asked)
        finally:
            running.discard(key)

    return fault


async def lets_all_in(asked: Asked, forward: Forward) -> Told:
    has_key = asked.headers.get("Authorization", "Bearer sk_wrong") != "Bearer sk_wrong"
    if asked.path.startswith("/api/") and not has_key:
        return Told(200, {"Content-Type": "application/json"}, b"{}")
    return await forward(asked)


async def answers_any_host(asked: Asked, forward: Forward) -> Told:
    asked.headers["Host"] = "127.0.0.1"
    return await forward(asked)


async def answers_any_page(asked: Asked, forward: Forward) -> Told:
    asked.headers.pop("Origin", None)
    return await forward(asked)


async def takes_any_body(asked: Asked, forward: Forward) -> Told:
    if "Content-Type" in asked.headers:
        asked.headers["Content-Type"] = "application/json"
    return await forward(asked)


async def rounds_fractions(asked: Asked, forward: Forward) -> Told:
    asked.body = asked.body.replace(b"2500.0", b"2500").replace(b"2.5e3", b"2500")
    return await forward(asked)


async def guesses_fields(asked: Asked, forward: Forward) -> Told:
    if asked.is_to("POST", "/quotes") and b"discount" in asked.body:
        order = json.loads(asked.body)
        del order["discount"]
        asked.body = json.dumps(order).encode()
    return await forward(asked)


async def takes_the_last_of_two(asked: Asked, forward: Forward) -> Told:
    if b'"till": "T9"' in asked.body:
        asked.body = json.dumps(json.loads(asked.body)).encode()
    return await forward(asked)


async def takes_money_for_a_coupon(asked: Asked, forward: Forward) -> Told:
    told = await forward(asked)
    return told.change(kind="coupon") if asked.is_to("POST", "/scans") else told


async def says_nothing_to_the_cashier(asked: Asked, forward: Forward) -> Told:
    told = await forward(asked)
    if not asked.is_to("POST", "/scans"):
        return told
    return told.change(verdict=told.value["verdict"] | {"sentence": {}})


async def quotes_too_much(asked: Asked, forward: Forward) -> Told:
    told = await forward(asked)
    if asked.is_to("POST", "/quotes") and told.status == 200:
        return told.change(payable_fen=told.value["payable_fen"] + 1)
    return told


async def takes_any_sum(asked: Asked, forward: Forward) -> Told:
    asked.body = asked.body.replace(b'"amount_fen": 2499', b'"amount_fen": 2500')
    return await forward(asked)


async def finds_another(asked: Asked, forward: Forward) -> Told:
    told = await forward(asked)
    found = asked.method == "GET" and "/sales/" in asked.path and told.status == 200
    return told.change(receipt="MB001-T1-000000") if found else told


async def gives_back_twice(asked: Asked, forward: Forward) -> Told:
    told = await forward(asked)
    if asked.is_to("POST", "/refunds") and told.status >= 400:
        return Told(201, told.headers, told.body)
    return told


async def refuses_by_error(asked: Asked, forward: Forward) -> Told:
    told = await forward(asked)
    if asked.is_to("POST", "/redemptions") and told.status == 200:
        return Told(422, told.headers, told.body)
    return told


async def takes_back_in_words_only(asked: Asked, forward: Forward) -> Told:
    if asked.is_to("POST", "/reversal") and "/none/" not in asked.path:
        return Told(201, {"Content-Type": "application/json"}, b"{}")
    return await forward(asked)


async def hides_the_outbox(asked: Asked, forward: Forward) -> Told:
    told = await forward(asked)
    return told.change(outbox=None) if asked.is_to("GET", "/status") else told


async def sells_in_earnest(asked: Asked, forward: Forward) -> Told:
    if asked.is_to("POST", "/sales"):
        asked.headers.pop(MODE, None)
    return await forward(asked)


FAULTS: tuple[tuple[Fault, set[str]], ...] = (
    (lets_all_in, {"key_needed"}),
    (answers_any_host, {"host"}),
    (answers_any_page, {"origin"}),
    (takes_any_body, {"content_type"}),
    (makes_keys, {"idempotency_missing"}),
    (forgets_keys, {"idempotency_repeated", "idempotency_reused", "still_running"}),
    (knows_keys_by_body, {"idempotency_reused"}),
    (sells_at_once(), {"still_running"}),
    (rounds_fractions, {"integers"}),
    (guesses_fields, {"strict_json"}),
    (takes_the_last_of_two, {"strict_json"}),
    (takes_money_for_a_coupon, {"scan"}),
    (says_nothing_to_the_cashier, {"scan", "code_1"}),
    (quotes_too_much, {"quote"}),
    (takes_any_sum, {"tenders"}),
    (finds_another, {"find"}),
    (gives_back_twice, {"refund"}),
    (refuses_by_error, {"refusal", "redemption"}),
    (takes_back_in_words_only, {"redemption"}),
    (hides_the_outbox, {"status"}),
    (sells_in_earnest, {"find", "refund", "apart"}),
)
"""What an agent may do wrong, and the checks that find it."""
