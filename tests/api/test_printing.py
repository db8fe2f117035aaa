"""Printing as a POS sees it, on a printer that speaks ESC/POS over a real socket."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from agent.settings import PrinterSection, ReceiptSection, Settings, StoreSection
from agent.store.print_jobs import JobState
from drivers.virtual.ports import TcpPort
from drivers.virtual.printer_device import VirtualPrinter
from tests.api.conftest import Shop
from tests.api.page import ANNA, CHEN, CHENS_PIN, Page, add_staff
from tests.api.till import JSON, Answer, Till, sale
from tests.services.chain import BOUND, CHAIN_WIDE, MEMBER, STORE, Chain
from tests.services.stopped_clock import StoppedClock

TIMEOUT_S = 10.0
PATIENCE_S = 0.02
"""Between two looks at the queue."""


@pytest.fixture
async def printer(clock: StoppedClock) -> AsyncIterator[VirtualPrinter]:
    async with VirtualPrinter(clock=clock).running() as device:
        yield device


@pytest.fixture
async def port(printer: VirtualPrinter) -> TcpPort:
    opened = TcpPort(printer)
    await printer.attach(opened)
    return opened


@pytest.fixture
def settings(chain: Chain, tmp_path: Path, port: TcpPort) -> Settings:
    usual = chain.settings(tmp_path / "state")
    return replace(
        usual,
        store=StoreSection(code=STORE, name="徐家汇店"),
        printer=PrinterSection(address=port.address),
        receipt=ReceiptSection(footer=("谢谢光临",), e_receipt_url="https://e.example/{receipt}"),
    )


async def sell(till: Till, *coupons: str, **more: Any) -> dict[str, Any]:
    answer = await till.post("/api/v1/sales", sale(*coupons, **more))
    assert answer.status == 201, answer.body
    told: dict[str, Any] = answer.json
    return told


async def job_in(till: Till, job_id: str, *states: JobState) -> dict[str, Any]:
    """Return the job as the queue shows it, as soon as it is in one of `states`."""
    async with asyncio.timeout(TIMEOUT_S):
        while True:
            queue = (await till.get("/api/v1/prints")).json
            for job in (*queue["open"], *queue["done"]):
                if job["job_id"] == job_id and job["state"] in states:
                    return dict(job)
            await asyncio.sleep(PATIENCE_S)


async def printed(till: Till, printer: VirtualPrinter, job_id: str) -> str:
    """Return the newest paper's text when the job is done."""
    await job_in(till, job_id, JobState.PRINTED)
    return printer.receipts[-1].text


async def copy_of(till: Till, subject: str) -> Answer:
    return await till.post(f"/api/v1/prints/{subject}", {"till": "T1", "cashier": "C7"})


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
        "断网收银:本小票待同步",
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
    monkeypatch.setattr("agent.services.enqueue.MAX_WAITING", 2)
    printer.vanish()
    sales = [await sell(till, print=True) for _ in range(4)]
    answer = await copy_of(till, sales[0]["sale_id"])
    assert (answer.status, answer.code) == (409, "print_queue_full")
    assert (await till.get("/api/v1/status")).json["prints"]["waiting"] == 4


async def test_the_drawer_opens_for_cash_once_and_not_for_a_card(
    till: Till, printer: VirtualPrinter
) -> None:
    card = [{"kind": "card", "amount_fen": 12_680}]
    await job_printed(till, printer)  # the printer is connected
    await sell(till, tenders=card, open_drawer=True)
    order = sale(open_drawer=True)
    await till.post("/api/v1/sales", order, key="cash")
    async with asyncio.timeout(TIMEOUT_S):
        await printer.until(lambda: bool(printer.openings))
    await till.post("/api/v1/sales", order, key="cash")
    await job_printed(till, printer)  # whatever was under way is done
    assert [opening.pin for opening in printer.openings] == [2]


async def test_the_drawer_opens_for_cash_put_in_if_asked_and_once(
    till: Till, printer: VirtualPrinter
) -> None:
    who = {"till": "T1", "cashier": "1001"}
    await job_printed(till, printer)  # the printer is connected
    shift = (await till.post("/api/v1/shifts", who | {"float_fen": 0})).json["shift_id"]
    order = who | {"amount_fen": 5_000, "why": "补充零钱"}
    await till.post(f"/api/v1/shifts/{shift}/cash", order)
    await job_printed(till, printer)
    assert not printer.openings
    for _ in range(2):
        await till.post(f"/api/v1/shifts/{shift}/cash", order | {"open_drawer": True}, key="in")
    async with asyncio.timeout(TIMEOUT_S):
        await printer.until(lambda: bool(printer.openings))
    await job_printed(till, printer)
    assert len(printer.openings) == 1


async def test_a_drawer_that_does_not_open_is_told_in_the_status_and_fails_no_sale(
    till: Till, printer: VirtualPrinter
) -> None:
    await job_printed(till, printer)
    printer.vanish()
    await sell(till, open_drawer=True)
    told = await device(till, "drawer", lambda entry: bool(entry["detail"]))
    assert "printer" in told["detail"]


async def job_printed(till: Till, printer: VirtualPrinter) -> None:
    await printed(till, printer, (await sell(till, print=True))["print_job"])


async def device(till: Till, kind: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return the device as the status shows it, as soon as `holds` of it."""
    async with asyncio.timeout(TIMEOUT_S):
        while True:
            for entry in (await till.get("/api/v1/status")).json["devices"]:
                if entry["kind"] == kind and holds(entry):
                    return dict(entry)
            await asyncio.sleep(PATIENCE_S)


async def test_the_status_tells_the_printer_s_trouble_and_what_mends_it(
    till: Till, printer: VirtualPrinter
) -> None:
    await job_printed(till, printer)
    await device(till, "printer", lambda entry: entry["state"] == "connected")
    printer.run_out_of_paper()
    told = await device(till, "printer", lambda entry: entry["state"] == "degraded")
    assert told["faults"] == ["paper_out"]
    assert told["remedy"]


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


async def test_the_test_page_shows_width_chinese_and_code_and_opens_the_drawer(
    till: Till, printer: VirtualPrinter
) -> None:
    job = await till.post("/api/v1/test-prints", {"open_drawer": True})
    assert job.status == 201
    text = await printed(till, printer, job.json["job_id"])
    assert ("1234567890" * 5)[:48] in text.splitlines()
    assert "新鲜蔬菜" in text
    assert printer.receipts[-1].codes == (f"TEST {STORE}",)
    assert len(printer.openings) == 1


async def test_a_refund_is_printed_with_the_names_of_what_came_back(
    till: Till, printer: VirtualPrinter
) -> None:
    told = await sell(till)
    order = {
        "till": "T1",
        "cashier": "C7",
        "why": "包装破损",
        "approved_by": "S1",
        "lines": [{"place": 0, "quantity": 1}],
        "tenders": [{"kind": "cash", "amount_fen": 5_990}],
        "print": True,
        "open_drawer": True,
    }
    answer = await till.post(f"/api/v1/sales/{told['sale_id']}/refunds", order)
    assert answer.status == 201, answer.body
    text = await printed(till, printer, answer.json["print_job"])
    for words in ("退货单 REFUND", answer.json["receipt"], told["receipt"], "大米 5kg", "包装破损"):
        assert words in text
    copy = await copy_of(till, answer.json["refund_id"])
    assert "退货单 REFUND" in await printed(till, printer, copy.json["job_id"])
    async with asyncio.timeout(TIMEOUT_S):
        await printer.until(lambda: bool(printer.openings))


async def shift_with_a_sale(till: Till) -> str:
    """Open a shift and sell in it; return the shift's id."""
    opened = await till.post("/api/v1/shifts", {"till": "T1", "cashier": "C7", "float_fen": 50_000})
    await sell(till)
    return str(opened.json["shift_id"])


async def test_the_closing_prints_the_z_report_and_copies_of_it(
    till: Till, printer: VirtualPrinter
) -> None:
    shift_id = await shift_with_a_sale(till)
    order = {"till": "T1", "cashier": "C7", "counted_fen": 62_680, "print": True}
    closed = await till.post(f"/api/v1/shifts/{shift_id}/closing", order)
    assert closed.status == 201, closed.body
    text = await printed(till, printer, closed.json["print_job"])
    for words in ("Z 报表 交班结算 第1号", "长短款", closed.json["signature"][:16]):
        assert words in text
    copy = await copy_of(till, shift_id)
    again = await printed(till, printer, copy.json["job_id"])
    assert "补打 第1次" in again
    assert "Z 报表" in again


async def test_each_x_report_is_a_new_one(till: Till, printer: VirtualPrinter) -> None:
    shift_id = await shift_with_a_sale(till)
    path = f"/api/v1/shifts/{shift_id}/report/prints"
    for _ in range(2):
        answer = await till.post(path, {"till": "T1", "cashier": "C7"})
        assert answer.status == 201, answer.body
        text = await printed(till, printer, answer.json["print_job"])
        assert "X 报表 班次中 未结算" in text
        assert "补打" not in text
    assert len(printer.receipts) == 2


async def test_a_cashier_reprints_at_the_own_till_and_leaves_the_test_page_to_a_supervisor(
    till: Till, printer: VirtualPrinter
) -> None:
    told = await sell(till)
    await add_staff(till)
    page = Page(till)
    await page.sign_in()
    path = f"/api/v1/prints/{told['sale_id']}"
    copy = await page.post(path, {"till": "T1", "cashier": ANNA})
    assert copy.status == 201, copy.body
    assert told["receipt"] in await printed(till, printer, copy.json["job_id"])
    assert (await page.post(path, {"till": "T2", "cashier": ANNA})).code == "not_your_till"
    assert (await page.post("/api/v1/test-prints", {})).code == "role_needed"
    await page.sign_in(CHEN, CHENS_PIN)
    assert (await page.post("/api/v1/test-prints", {})).status == 201


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
