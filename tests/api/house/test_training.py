"""Training: a till to practise at, from which nothing leaves and nothing is spoilt."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from agent.api.entry.access import MODE_HEADER, TRAINING_MODE
from agent.services.house.training import COPY_AGE_MS
from agent.state_dir import DATABASE_FILE, TRAINING_DIR
from agent.store.sqlite import connect
from tests.api.conftest import Shop
from tests.api.page import ANNA, Page, add_staff
from tests.api.till import JSON, SALES, SCANS, SHIFTS, Answer, Till, sale
from tests.services.chain import COLA, COLA_STOCK, MEMBER, Chain
from tests.services.facts import checked_events
from tests.services.stopped_clock import StoppedClock

PRACTISE = {MODE_HEADER: TRAINING_MODE}


@pytest.fixture
async def page(till: Till) -> Page:
    await add_staff(till)
    return Page(till)


async def post(till: Till, path: str, order: Any) -> Answer:
    """POST in training."""
    headers = PRACTISE | {"Content-Type": JSON, "Idempotency-Key": str(uuid4())}
    return await till.send("POST", path, headers=headers, data=json.dumps(order).encode())


async def get(till: Till, path: str) -> Answer:
    """GET in training."""
    return await till.send("GET", path, headers=PRACTISE)


async def test_a_practised_sale_leaves_every_byte_of_the_store_as_it_was(
    shop: Shop, till: Till
) -> None:
    code = shop.chain.token()
    await get(till, "/api/v1/status")
    before = _store_files(shop.state_dir)
    made = await post(till, SALES, sale(code, pay=10_680, member_id=MEMBER))
    assert (made.status, made.json["receipt"]) == (201, "TRAIN-MB001-T1-000001")
    assert (await post(till, SCANS, {"code": code})).json["verdict"]["reason"] == "already_used"
    assert _store_files(shop.state_dir) == before
    assert checked_events(shop.state_dir / TRAINING_DIR, "TRAIN-MB001") == 1

    real = await till.post(SALES, sale(code, pay=10_680, member_id=MEMBER))
    assert (real.status, real.json["receipt"]) == (201, "MB001-T1-000001")
    assert _store_files(shop.state_dir) != before
    assert checked_events(shop.state_dir, "MB001") == 1


async def test_what_is_practised_with_is_the_stores_own(shop: Shop, till: Till) -> None:
    used = shop.chain.token()
    await till.post(SALES, sale(used, pay=10_680))
    assert (await get(till, f"/api/v1/stock/{COLA}")).json["quantity"] == COLA_STOCK - 2
    assert (await get(till, "/api/v1/members?query=5678")).json["members"][0]["tier"] == "gold"
    verdict = (await post(till, SCANS, {"code": used})).json["verdict"]
    assert (verdict["reason"], verdict["detail"]["receipt"]) == ("already_used", "MB001-T1-000001")
    good = await post(till, SCANS, {"code": shop.chain.token()})
    assert good.json["verdict"]["outcome"] == "accepted"


async def test_training_and_store_have_baskets_of_their_own(till: Till) -> None:
    basket = {"cashier": "C7", "lines": [{"sku": COLA}]}
    await till.post("/api/v1/tills/T1/basket", basket, key=None, method="PUT")
    practised = (await get(till, "/api/v1/tills/T1/basket")).json
    assert practised["priced"]["basket_id"] is None
    assert (await till.get("/api/v1/tills/T1/basket")).json["priced"]["total_fen"] > 0


async def test_the_status_tells_who_practises_and_counts_nothing_of_it(till: Till) -> None:
    await post(till, SALES, sale())
    practising = (await get(till, "/api/v1/status")).json
    selling = (await till.get("/api/v1/status")).json
    assert (practising["training"], selling["training"]) == (True, False)
    assert practising["outbox"]["pending"] == selling["outbox"]["pending"] == 0
    await till.post(SALES, sale())
    assert (await till.get("/api/v1/status")).json["outbox"]["pending"] == 1


async def test_a_practised_receipt_never_waits_for_head_office(till: Till) -> None:
    made = (await post(till, SALES, sale())).json
    found = (await get(till, f"{SALES}/{made['sale_id']}")).json
    assert (found["state"], found["receipt"]) == ("training", made["receipt"])
    assert (await till.get(f"{SALES}/{made['sale_id']}")).code == "unknown_sale"


async def test_a_practised_closing_promises_no_upload(till: Till) -> None:
    practised, real = await _closing(till, post), await _closing(till, Till.post)
    assert practised["unsynced"] == {"pending": 0, "oldest_at": None}
    assert practised["sentence"]["en"] == "The shift is closed."
    assert real["unsynced"]["pending"] == 3
    assert "wait to be synced" in real["sentence"]["en"]


async def test_an_old_copy_is_made_anew(clock: StoppedClock, till: Till) -> None:
    stock = f"/api/v1/stock/{COLA}"
    assert (await get(till, stock)).json["quantity"] == COLA_STOCK
    await till.post(SALES, sale())
    assert (await get(till, stock)).json["quantity"] == COLA_STOCK
    clock.advance(COPY_AGE_MS + 1)
    assert (await get(till, stock)).json["quantity"] == COLA_STOCK - 2


async def test_whoever_signs_in_to_practise_finds_the_coupons_fresh(
    chain: Chain, page: Page
) -> None:
    code = chain.token()
    await page.sign_in(training=True)
    assert (await page.get("/api/v1/sessions/current")).json["training"] is True
    assert (await page.post(SALES, sale(code, pay=10_680, cashier=ANNA))).status == 201
    used = (await page.post(SCANS, {"code": code, "till": "T1"})).json["verdict"]
    assert used["reason"] == "already_used"
    await page.sign_in(training=True)
    fresh = (await page.post(SCANS, {"code": code})).json["verdict"]
    assert fresh["outcome"] == "accepted"


async def test_the_training_ground_outlives_the_agent(shop: Shop, till: Till) -> None:
    made = (await post(till, SALES, sale())).json
    await shop.close()
    again = await shop.open()
    assert (await get(again, f"{SALES}/{made['sale_id']}")).status == 200
    second = (await post(again, SALES, sale())).json
    assert second["receipt"] == "TRAIN-MB001-T1-000002"


@pytest.mark.parametrize("spoil", ["damage", "other store"])
async def test_a_spoilt_training_database_is_begun_anew(shop: Shop, till: Till, spoil: str) -> None:
    made = (await post(till, SALES, sale())).json
    await shop.close()
    file = shop.state_dir / TRAINING_DIR / DATABASE_FILE
    if spoil == "damage":
        file.write_bytes(b"not a database" * 1_000)
    else:
        db = connect(str(file))
        db.execute("UPDATE sync_state SET store = 'TRAIN-XX'")
        db.close()
    again = await shop.open()
    assert (await get(again, f"{SALES}/{made['sale_id']}")).code == "unknown_sale"
    assert (await post(again, SALES, sale())).status == 201


async def _closing(till: Till, send: Callable[[Till, str, Any], Awaitable[Answer]]) -> Any:
    """Return the closing of a shift with one sale."""
    at = {"till": "T1", "cashier": "C7"}
    shift = (await send(till, SHIFTS, at | {"float_fen": 0})).json["shift_id"]
    await send(till, SALES, sale())
    return (await send(till, f"{SHIFTS}/{shift}/closing", at | {"counted_fen": 0})).json


def _store_files(state_dir: Path) -> dict[str, bytes]:
    """The store's database and its write-ahead log. (Its -shm is no file: memory that every
    reader marks its place in.)"""
    names = (DATABASE_FILE, f"{DATABASE_FILE}-wal")
    return {name: (state_dir / name).read_bytes() for name in names}
