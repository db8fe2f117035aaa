"""Receipts as a POS sees them, on a printer that speaks ESC/POS over a real socket."""

import asyncio
import json
import time

import pytest

from agent.store.printing.print_jobs import JobState
from drivers.virtual.printer_device import VirtualPrinter
from tests.api.conftest import Shop
from tests.api.printing.papers import (
    TIMEOUT_S,
    copy_of,
    job_in,
    job_printed,
    printed,
    sell,
)
from tests.api.till import JSON, Till, sale
from tests.services.chain import BOUND, CHAIN_WIDE, MEMBER, Chain


async def test_a_sale_s_receipt_comes_out_whole_and_once(
    till: Till, printer: VirtualPrinter, chain: Chain
) -> None:
    order = sale(chain.token(BOUND), pay=10_680, print=True, member_id=MEMBER)
    order["tenders"][0]["given_fen"] = 20_000
    first = await till.post("/api/v1/sales", order, key="one")
    again = await till.post("/api/v1/sales", order, key="one")
    assert first.body == again.body
    text = await printed(till, printer, first.json["print_job"])
    for words in (
        "徐家汇店",
        first.json["receipt"],
        "大米 5kg",
        "优惠 满100减20",
        "实收",
        "200.00",
        "找零",
        "93.20",
        "138****5678",
        "断网收银：本小票待同步",
        "谢谢光临",
    ):
        assert words in text
    assert printer.receipts[-1].codes == (f"https://e.example/{first.json['receipt']}",)
    assert len(printer.receipts) == 1
    assert printer.receipts[-1].cut
    assert printer.unknown == []


async def test_a_sale_that_does_not_ask_is_not_printed(till: Till, printer: VirtualPrinter) -> None:
    quiet = await sell(till)
    assert quiet["print_job"] is None
    asked = await sell(till, print=True)
    await printed(till, printer, asked["print_job"])
    assert [quiet["receipt"] in receipt.text for receipt in printer.receipts] == [False]


async def test_a_coupon_at_risk_is_marked_on_the_receipt(
    till: Till, printer: VirtualPrinter, chain: Chain
) -> None:
    told = await sell(till, chain.token(CHAIN_WIDE, store=None), pay=10_680, print=True)
    text = await printed(till, printer, told["print_job"])
    assert "* 此优惠券待总部确认" in text


async def test_copies_are_numbered_and_a_repeated_request_makes_none(
    till: Till, printer: VirtualPrinter
) -> None:
    told = await sell(till, print=True)
    await printed(till, printer, told["print_job"])
    for number in (1, 2):
        job = await copy_of(till, told["sale_id"])
        assert job.json["copy"] == number
        text = await printed(till, printer, job.json["job_id"])
        assert f"补打 第{number}次 REPRINT" in text
        assert told["receipt"] in text
    path = f"/api/v1/prints/{told['sale_id']}"
    order = {"till": "T1", "cashier": "C7"}
    once = await till.post(path, order, key="copy")
    assert (await till.post(path, order, key="copy")).body == once.body
    assert once.json["copy"] == 3


async def test_a_sale_never_printed_here_is_a_copy_from_the_first_on(
    till: Till, printer: VirtualPrinter
) -> None:
    told = await sell(till)
    job = await copy_of(till, told["sale_id"])
    assert "补打 第1次" in await printed(till, printer, job.json["job_id"])


async def test_what_was_never_sold_can_not_be_printed(till: Till) -> None:
    answer = await copy_of(till, "nothing")
    assert (answer.status, answer.code) == (404, "unknown_receipt")


async def test_paper_out_holds_the_receipt_back_and_new_paper_lets_it_out(
    till: Till, printer: VirtualPrinter
) -> None:
    printer.run_out_of_paper()
    told = await sell(till, print=True)
    assert told["print_job"]
    waiting = await job_in(till, told["print_job"], JobState.QUEUED, JobState.PRINTING)
    assert waiting["state"] != JobState.PRINTED
    printer.load_paper()
    assert told["receipt"] in await printed(till, printer, told["print_job"])
    assert len(printer.receipts) == 1


async def test_a_sale_takes_no_longer_and_is_as_good_while_the_printer_hangs(
    till: Till, printer: VirtualPrinter
) -> None:
    slowest = 0.0
    printer.open_cover()
    for trouble in (printer.fall_silent, printer.run_out_of_paper, printer.vanish):
        trouble()
        for _ in range(3):
            begun = time.perf_counter()
            await sell(till, print=True, open_drawer=True)
            slowest = max(slowest, time.perf_counter() - begun)
    assert slowest < 1.0  # asking a silent printer alone takes two seconds
    queue = (await till.get("/api/v1/prints")).json
    assert queue["waiting"] + queue["unknown"] == 9


async def test_a_printer_that_vanishes_amid_a_receipt_leaves_it_unknown_until_people_say(
    till: Till, printer: VirtualPrinter
) -> None:
    printer.vanish(after_bytes=300)
    told = await sell(till, print=True)
    lost = await job_in(till, told["print_job"], JobState.UNKNOWN)
    path = f"/api/v1/prints/{lost['job_id']}/resolution"
    await printer.come_back()
    again = await till.post(path, {"printed": False})
    assert (again.status, again.json["copy"]) == (201, 1)
    text = await printed(till, printer, again.json["job_id"])
    assert "补打 第1次 REPRINT" in text
    assert told["receipt"] in text
    assert (await job_in(till, lost["job_id"], JobState.FAILED))["attempts"] == 1
    settled = await till.post(path, {"printed": True})
    assert (settled.status, settled.code) == (409, "print_job_settled")


async def test_what_people_saw_on_paper_is_printed(till: Till, printer: VirtualPrinter) -> None:
    printer.vanish(after_bytes=300)
    told = await sell(till, print=True)
    lost = await job_in(till, told["print_job"], JobState.UNKNOWN)
    said = await till.post(f"/api/v1/prints/{lost['job_id']}/resolution", {"printed": True})
    assert (said.status, said.json["state"]) == (201, JobState.PRINTED)
    assert (await till.get("/api/v1/status")).json["prints"]["unknown"] == 0


async def test_an_unknown_job_s_id_is_told_as_such(till: Till) -> None:
    answer = await till.post("/api/v1/prints/nothing/resolution", {"printed": True})
    assert (answer.status, answer.code) == (404, "unknown_print_job")


async def test_a_full_queue_takes_no_copy_and_every_sale(
    till: Till, printer: VirtualPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.services.printing.enqueue.MAX_WAITING", 2)
    printer.vanish()
    sales = [await sell(till, print=True) for _ in range(4)]
    answer = await copy_of(till, sales[0]["sale_id"])
    assert (answer.status, answer.code) == (409, "print_queue_full")
    assert (await till.get("/api/v1/status")).json["prints"]["waiting"] == 4


async def test_a_queued_receipt_survives_a_restart_and_comes_out_once(
    shop: Shop, till: Till, printer: VirtualPrinter
) -> None:
    printer.open_cover()
    told = await sell(till, print=True)
    await shop.close()
    printer.close_cover()
    assert len(printer.receipts) == 0
    later = await shop.open()
    assert told["receipt"] in await printed(later, printer, told["print_job"])
    assert len(printer.receipts) == 1


async def test_what_is_practised_comes_out_marked_and_leaves_the_drawer_shut(
    till: Till, printer: VirtualPrinter
) -> None:
    await job_printed(till, printer)
    training = {"Store-Agent-Mode": "training", "Content-Type": JSON}
    order = json.dumps(sale(print=True, open_drawer=True)).encode()
    answer = await till.send(
        "POST", "/api/v1/sales", headers=training | {"Idempotency-Key": "t1"}, data=order
    )
    assert answer.status == 201, answer.body
    async with asyncio.timeout(TIMEOUT_S):
        await printer.until(lambda: len(printer.receipts) == 2)
    assert "培训 TRAINING" in printer.receipts[-1].text
    assert answer.json["receipt"] in printer.receipts[-1].text
    assert not printer.openings
    assert "培训" not in printer.receipts[0].text
