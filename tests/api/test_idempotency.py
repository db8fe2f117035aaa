"""A POS may send any write again: it is done once, and the first answer comes again."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from agent.state_dir import DATABASE_FILE
from agent.store.sqlite import connect
from tests.api.conftest import Shop
from tests.api.till import REDEMPTIONS, SALES, Till, redemption, sale
from tests.services.chain import Chain
from tests.services.facts import facts


async def test_the_same_request_gets_the_same_answer_byte_for_byte(shop: Shop, till: Till) -> None:
    order = sale(shop.chain.token(), pay=10_680)
    first = await till.post(SALES, order, key="k1")
    recorded = shop.facts()
    again = await till.post(SALES, order, key="k1")
    assert (first.status, first.body) == (201, again.body)
    assert again.status == 201
    assert shop.facts() == recorded


async def test_a_refusal_is_answered_again_as_it_was(shop: Shop, till: Till) -> None:
    code = shop.chain.token()
    await till.post(REDEMPTIONS, redemption(code))
    first = await till.post(REDEMPTIONS, redemption(code), key="k1")
    again = await till.post(REDEMPTIONS, redemption(code), key="k1")
    assert (first.status, first.json["redeemed"]) == (200, False)
    assert again.body == first.body


async def test_a_reversal_is_done_once(shop: Shop, till: Till) -> None:
    made = await till.post(REDEMPTIONS, redemption(shop.chain.token()))
    path = f"{REDEMPTIONS}/{made.json['verdict']['redemption_id']}/reversal"
    order = {"till": "T1", "cashier": "C7", "why": "退"}
    first = await till.post(path, order, key="k1")
    again = await till.post(path, order, key="k1")
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert len(facts(shop.state_dir)["journal"]) == 2


async def test_the_first_answer_comes_again_after_a_restart(shop: Shop) -> None:
    order = sale(shop.chain.token(), pay=10_680)
    first = await (await shop.open()).post(SALES, order, key="k1")
    await shop.close()
    again = await (await shop.open()).post(SALES, order, key="k1")
    assert (again.status, again.body) == (201, first.body)
    assert len(facts(shop.state_dir)["journal"]) == 1


async def test_another_request_under_the_same_key_is_refused(shop: Shop, till: Till) -> None:
    await till.post(SALES, sale(), key="k1")
    before = shop.facts()
    answer = await till.post(SALES, sale(cashier="C8"), key="k1")
    assert (answer.status, answer.code) == (422, "idempotency_key_reused")
    other_route = await till.post(REDEMPTIONS, redemption(shop.chain.token()), key="k1")
    assert other_route.code == "idempotency_key_reused"
    assert shop.facts() == before


async def test_white_space_and_the_order_of_keys_make_no_other_request(
    shop: Shop, till: Till
) -> None:
    order = sale()
    first = await till.post(SALES, order, key="k1")
    turned = dict(reversed(order.items()))
    again = await till.post(SALES, None, key="k1", body=json.dumps(turned, indent=3).encode())
    assert (again.status, again.body) == (201, first.body)


async def test_two_clients_may_use_the_same_key(shop: Shop, till: Till) -> None:
    other = shop.another_till("pos-2")
    first = await till.post(SALES, sale(), key="k1")
    second = await other.post(SALES, sale(), key="k1")
    assert (first.json["receipt_no"], second.json["receipt_no"]) == (1, 2)


async def test_a_write_without_a_key_is_refused(shop: Shop, till: Till) -> None:
    before = shop.facts()
    answer = await till.post(SALES, sale(), key=None)
    assert (answer.status, answer.code) == (400, "idempotency_key_missing")
    assert shop.facts() == before


@pytest.mark.parametrize("key", ['""', "a b", "a" * 65, "k1;", '"k1', 'k1"', "钥匙", "a/b"])
async def test_a_malformed_key_is_refused(shop: Shop, till: Till, key: str) -> None:
    before = shop.facts()
    answer = await till.post(SALES, sale(), key=key)
    assert (answer.status, answer.code) == (400, "idempotency_key_invalid")
    assert shop.facts() == before


async def test_a_key_in_quotes_is_the_key(till: Till) -> None:
    first = await till.post(SALES, sale(), key='"k1"')
    again = await till.post(SALES, sale(), key="k1")
    assert (first.status, again.body) == (201, first.body)


async def test_while_the_first_request_runs_its_repetition_is_told_so(
    shop: Shop, till: Till
) -> None:
    order = sale(shop.chain.token(), pay=10_680)
    with _held_writer(shop.state_dir):
        both = [asyncio.create_task(till.post(SALES, order, key="k1")) for _ in range(2)]
        done, running = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    (repetition,), (first,) = done, running
    assert repetition.result().status == 409
    assert repetition.result().code == "still_running"
    assert (await first).status == 201
    assert (await till.post(SALES, order, key="k1")).body == first.result().body


async def test_many_at_once_under_one_key_record_one_sale(shop: Shop, till: Till) -> None:
    order = sale(shop.chain.token(), pay=10_680)
    answers = await asyncio.gather(*(till.post(SALES, order, key="k1") for _ in range(16)))
    assert {answer.status for answer in answers} <= {201, 409}
    assert len({answer.body for answer in answers if answer.status == 201}) == 1
    assert len(facts(shop.state_dir)["journal"]) == 1


async def test_one_coupon_at_many_tills_at_once_is_redeemed_once(chain: Chain, till: Till) -> None:
    code = chain.token()
    answers = await asyncio.gather(
        *(till.post(REDEMPTIONS, redemption(code, till=f"T{n}")) for n in range(16))
    )
    assert sorted(answer.status for answer in answers) == [200] * 15 + [201]
    assert {a.json["verdict"]["reason"] for a in answers if a.status == 200} == {"already_used"}


async def test_a_refused_request_leaves_its_key_free(till: Till) -> None:
    refused = await till.post(SALES, sale(pay=1), key="k1")
    assert refused.code == "tenders_do_not_match"
    assert (await till.post(SALES, sale(), key="k1")).status == 201


@contextmanager
def _held_writer(state_dir: Path) -> Iterator[None]:
    """Hold the database's only write lock, as a slow disk would."""
    with closing(connect(str(state_dir / DATABASE_FILE))) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
