"""The drawer, and the printer that it hangs on, as a POS sees them."""

import asyncio

from drivers.virtual.printer_device import VirtualPrinter
from tests.api.printing.papers import (
    TIMEOUT_S,
    device,
    job_printed,
    sell,
)
from tests.api.till import Till, sale


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


async def test_the_status_tells_the_printer_s_trouble_and_what_mends_it(
    till: Till, printer: VirtualPrinter
) -> None:
    await job_printed(till, printer)
    await device(till, "printer", lambda entry: entry["state"] == "connected")
    printer.run_out_of_paper()
    told = await device(till, "printer", lambda entry: entry["state"] == "degraded")
    assert told["faults"] == ["paper_out"]
    assert told["remedy"]
