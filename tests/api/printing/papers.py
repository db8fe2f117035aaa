"""What a POS asks to be printed, and what came of it."""

import asyncio
from collections.abc import Callable
from typing import Any

from agent.store.printing.print_jobs import JobState
from drivers.virtual.printer_device import VirtualPrinter
from tests.api.till import Answer, Till, sale

TIMEOUT_S = 10.0
PATIENCE_S = 0.02
"""Between two looks at the queue."""


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


async def job_printed(till: Till, printer: VirtualPrinter) -> None:
    await printed(till, printer, (await sell(till, print=True))["print_job"])


async def copy_of(till: Till, subject: str) -> Answer:
    return await till.post(f"/api/v1/prints/{subject}", {"till": "T1", "cashier": "C7"})


async def device(till: Till, kind: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return the device as the status shows it, as soon as `holds` of it."""
    async with asyncio.timeout(TIMEOUT_S):
        while True:
            for entry in (await till.get("/api/v1/status")).json["devices"]:
                if entry["kind"] == kind and holds(entry):
                    return dict(entry)
            await asyncio.sleep(PATIENCE_S)
