"""Trying devices: by the running agent, or by ourselves while it is stopped."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import msgspec

from agent.base.clock import SystemClock
from agent.base.logging import configure
from agent.domain.printing.printout import Printout
from agent.domain.printing.trial import trial_page
from agent.ops.local_api import NoAgentError, ask
from agent.services.desk.news import News, Topic
from agent.services.house.devices import DeviceKind, Devices
from agent.settings import Settings
from agent.till_devices import make_devices, make_stationery
from drivers.errors import DeviceError, UnsureError
from drivers.ports import DeviceState, PrintResult

LOOK_S = 8.0
"""So long a device may take to show how it stands: its name may take one second, reaching it three,
and a printer that answers little takes four to be found out."""
PRINT_S = 60.0
"""So long the test page may take: a printer with needles prints three lines a second."""
POLL_S = 0.2

PRINTED = "Printed: the printer confirmed that all of it came out."
SENT = "Sent. This printer can't confirm that it came out: look at the paper."
NOBODY_KNOWS = "Nobody knows whether it came out: {why}. Look at the paper."
STILL = "It is still being printed after {seconds:g} s: look at the paper."

Said = tuple[bool, str]
"""Whether it is printed, and what there is to say."""


def look(settings: Settings) -> list[dict[str, Any]]:
    """Connect to each configured device for a moment; return how each stands."""
    return asyncio.run(_look(settings))


def print_by_agent(settings: Settings, *, open_drawer: bool) -> Said:
    """Let the running agent print; raise NoAgentError or RefusedError if it does not take it."""
    order = {"open_drawer": open_drawer}
    job = ask(settings, "POST", "/api/v1/test-prints", order, key=str(uuid4()))
    try:
        return _followed(settings, job, open_drawer=open_drawer)
    except NoAgentError as error:
        return False, f"The agent took the test page, and ended before it told more: {error}"


def print_directly(settings: Settings, *, open_drawer: bool) -> Said:
    """Print without an agent."""
    return asyncio.run(_print_directly(settings, open_drawer=open_drawer))


def print_page(settings: Settings, page: Printout) -> Said:
    """Print any page without an agent."""
    return asyncio.run(_print(settings, page, open_drawer=False))


def _followed(settings: Settings, job: dict[str, Any], *, open_drawer: bool) -> Said:
    """Wait for what becomes of the job, PRINT_S at most."""
    devices = ask(settings, "GET", "/api/v1/status")["devices"]
    until = time.monotonic() + PRINT_S
    while _may_still_come(job, devices) and time.monotonic() < until:
        time.sleep(POLL_S)
        job = _found(ask(settings, "GET", "/api/v1/prints"), job)
        devices = ask(settings, "GET", "/api/v1/status")["devices"]
    drawer = next((one["detail"] for one in devices if one["kind"] == "drawer"), "")
    said = [_told(job, devices)]
    if open_drawer:
        said.append(f"The drawer did not open: {drawer}" if drawer else "The drawer was opened.")
    return job["state"] == "printed" and not (open_drawer and drawer), "\n".join(said)


async def _look(settings: Settings) -> list[dict[str, Any]]:
    async with _running(settings) as devices:
        told: list[dict[str, Any]] = msgspec.to_builtins(devices.report())
        return told


@asynccontextmanager
async def _running(settings: Settings) -> AsyncIterator[Devices]:
    """The devices, as soon as each is connected or has failed to, LOOK_S at most."""
    configure(level="error", fmt="auto", stream=sys.stderr)  # the report tells the rest
    news = News()
    devices = make_devices(settings, news=news, clock=SystemClock())
    with news.listen(Topic.DEVICES) as items:
        devices.start()
        try:
            async with asyncio.timeout(LOOK_S):
                while any(one.state is DeviceState.CONNECTING for one in devices.report()):
                    await anext(items)
        except TimeoutError:
            pass  # what is known by now is told
        try:
            yield devices
        finally:
            await devices.stop()


async def _print_directly(settings: Settings, *, open_drawer: bool) -> Said:
    stationery = make_stationery(settings, is_online=lambda: False)
    page = trial_page(
        stationery.letterhead,
        columns=stationery.columns,
        printer=stationery.printer,
        at=SystemClock().wall(),
    )
    return await _print(settings, page, open_drawer=open_drawer)


async def _print(settings: Settings, page: Printout, *, open_drawer: bool) -> Said:
    if not settings.printer.address:
        return False, "No printer is set: see [printer] address in the settings."
    async with _running(settings) as devices:
        try:
            async with asyncio.timeout(PRINT_S):
                result = await devices.print(page)
        except UnsureError as error:
            return False, _and_remedies(NOBODY_KNOWS.format(why=error), devices)
        except TimeoutError:
            return False, _and_remedies(STILL.format(seconds=PRINT_S), devices)
        except DeviceError as error:
            return False, _and_remedies(f"Not printed: {error}", devices)
        said = [PRINTED if result is PrintResult.PRINTED else _sent(devices.found())]
        why = await devices.drawer.open(settings.till.code) if open_drawer else ""
    if open_drawer:
        said.append(f"The drawer did not open: {why}" if why else "The drawer was opened.")
    return not why, "\n".join(said)


def _found(queue: dict[str, Any], job: dict[str, Any]) -> dict[str, Any]:
    """The job as the queue shows it now."""
    jobs = (*queue["open"], *queue["done"])
    return next((dict(one) for one in jobs if one["job_id"] == job["job_id"]), job)


def _may_still_come(job: dict[str, Any], devices: list[dict[str, Any]]) -> bool:
    """Whether it is being printed, or waits and nothing is known that holds it up."""
    if job["state"] == "queued":
        away = (DeviceState.DISCONNECTED, DeviceState.UNKNOWN)
        return not job["detail"] and _printer(devices).get("state") not in away
    return bool(job["state"] == "printing")


def _printer(devices: list[dict[str, Any]]) -> dict[str, Any]:
    return next((one for one in devices if one["kind"] == DeviceKind.PRINTER), {})


def _told(job: dict[str, Any], devices: list[dict[str, Any]]) -> str:
    printer = _printer(devices)
    now = printer.get("detail", "")
    why = ", ".join(filter(None, (job["detail"], now if now not in job["detail"] else "")))
    mend = printer.get("remedy") or "store-agent devices"
    match job["state"]:
        case "printed":
            return _sent(printer.get("found", "")) if job["detail"] else PRINTED
        case "unknown":
            return f"{NOBODY_KNOWS.format(why=why)} Then: {mend}"
        case "printing":
            return STILL.format(seconds=PRINT_S)
        case "failed":
            return f"It can't be printed: {why}"
        case _:
            return (
                f"Not printed yet: {why or 'the printer does not answer'}. It comes out by itself "
                f"once the printer is ready: {mend}"
            )


def _sent(found: str) -> str:
    return f"{SENT} What was found out: {found}." if found else SENT


def _and_remedies(said: str, devices: Devices) -> str:
    remedies = (one.remedy for one in devices.report() if one.kind is DeviceKind.PRINTER)
    return "\n".join(filter(None, (said, *remedies)))
