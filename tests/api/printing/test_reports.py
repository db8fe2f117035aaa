"""Papers of refunds and shifts, the test page, and who may ask for them."""

import asyncio

from drivers.virtual.printer_device import VirtualPrinter
from tests.api.page import ANNA, CHEN, CHENS_PIN, Page, add_staff
from tests.api.printing.papers import (
    TIMEOUT_S,
    copy_of,
    printed,
    sell,
)
from tests.api.till import Till
from tests.services.chain import STORE


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


async def test_a_cashiers_x_report_needs_a_supervisor_and_each_key_has_its_first_answer(
    till: Till, printer: VirtualPrinter
) -> None:
    shift_id = await shift_with_a_sale(till)
    path, order = f"/api/v1/shifts/{shift_id}/report/prints", {"till": "T1", "cashier": ANNA}
    await add_staff(till)
    page = Page(till)
    await page.sign_in()
    refused = await page.post(path, order, key="before")
    assert (refused.status, refused.json["outcome"]) == (200, "needs_supervisor")
    await page.approve()
    printing = await page.post(path, order, key="after")
    assert (printing.status, printing.json["outcome"]) == (201, "accepted")
    assert (await page.post(path, order, key="before")).body == refused.body
    assert (await page.post(path, order)).json["outcome"] == "needs_supervisor", "it is used up"
    assert (await page.post(path, order, key="after")).body == printing.body
    await printed(till, printer, printing.json["print_job"])
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
