"""A connection is opened again and again, at a decent pace, and told of without chatter."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Never

import pytest
from structlog.testing import capture_logs

from agent.base.backoff import delay_ms
from drivers.address import HidAddress
from drivers.connection import LONGEST_ATTEMPT, STEADY_MS, Connection
from drivers.errors import LostError
from drivers.ports import DeviceState, Fault
from drivers.transport.link import Link
from tests.conformance.witness import Witness
from tests.sync.virtual_time import START, VirtualTime

NOWHERE = LostError("nothing is there", "plug it in")
LAST_MOMENT = 0.999_999
"""The draw that makes each wait as long as it can be."""


class Device:
    """A pipe that is there or not; the driver reports what the test says."""

    def __init__(self, time: VirtualTime, witness: Witness) -> None:
        self.there = True
        self.opened = 0
        self.links: list[Link] = []
        self._ends: list[int] = []
        self.connection = Connection(
            name="counter",
            open_link=self._open,
            on_status=witness.on_status,
            clock=time,
            sleep=time.sleep,
            draw=lambda: LAST_MOMENT,
        )

    async def _open(self) -> Link:
        self.opened += 1
        if not self.there:
            raise NOWHERE
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        self._ends.append(writer)
        self.links.append(Link(reader, HidAddress(path="/dev/input/event0")))
        return self.links[-1]

    async def listen(self, link: Link) -> Never:
        """What a driver does."""
        self.connection.report(DeviceState.CONNECTED)
        while True:
            await link.read()

    def unplug(self) -> None:
        """Vanish."""
        self.there = False
        for end in self._ends:
            os.close(end)
        self._ends.clear()


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
def witness() -> Witness:
    return Witness()


@pytest.fixture
async def device(time: VirtualTime, witness: Witness) -> AsyncIterator[Device]:
    made = Device(time, witness)
    yield made
    made.unplug()


@pytest.fixture
async def running(device: Device) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(device.connection.run(device.listen))
    yield task
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.mark.usefixtures("running")
async def test_states_are_told_with_since_when_and_what_mends_them(
    device: Device, time: VirtualTime, witness: Witness
) -> None:
    up = await witness.state(DeviceState.CONNECTED)
    time.pass_by(60_000)
    device.unplug()
    down = await witness.state(DeviceState.DISCONNECTED)
    assert (up.since, down.since) == (START, START + 60_000)
    assert down.detail == "/dev/input/event0 is unplugged"
    await time.pass_until_awake()
    await time.asleep()
    still_down = device.connection.status
    assert (still_down.detail, still_down.remedy) == ("nothing is there", "plug it in")
    assert still_down.since == down.since


@pytest.mark.usefixtures("running")
async def test_waits_grow_and_stay_short_enough_for_who_plugs_it_in(
    device: Device, time: VirtualTime
) -> None:
    device.unplug()
    waits = [await time.pass_until_awake() for _ in range(LONGEST_ATTEMPT + 3)]
    grown = [delay_ms(attempt, draw=LAST_MOMENT) for attempt in range(1, LONGEST_ATTEMPT + 1)]
    assert waits == [*grown, *[grown[-1]] * 3]
    assert grown[-1] < 3_200


@pytest.mark.parametrize(("held_ms", "soon"), [(STEADY_MS, True), (STEADY_MS - 1, False)])
@pytest.mark.usefixtures("running")
async def test_only_a_connection_that_held_makes_the_next_try_soon(
    device: Device, time: VirtualTime, witness: Witness, held_ms: int, soon: bool
) -> None:
    device.unplug()
    for _ in range(3):
        await time.pass_until_awake()
    await time.asleep()
    device.there = True
    await time.pass_until_awake()
    await witness.state(DeviceState.CONNECTED)
    time.pass_by(held_ms)
    device.unplug()
    assert (await time.asleep() <= delay_ms(1, draw=LAST_MOMENT)) is soon


@pytest.mark.usefixtures("running")
async def test_outage_is_logged_once_down_and_once_up(
    device: Device, time: VirtualTime, witness: Witness
) -> None:
    await witness.state(DeviceState.CONNECTED)
    with capture_logs() as logs:
        device.unplug()
        for _ in range(5):
            await time.pass_until_awake()
        await time.asleep()
        device.there = True
        await time.pass_until_awake()
        await witness.state(DeviceState.CONNECTED)
    told = [(line["log_level"], line["event"]) for line in logs if line["log_level"] != "debug"]
    assert told == [("warning", "device_disconnected"), ("info", "device_connected")]
    assert logs[0]["device"] == "counter"


async def test_device_that_was_not_opened_yet_is_connecting(device: Device) -> None:
    assert device.connection.status.state is DeviceState.CONNECTING


async def test_report_is_told_when_it_is_news(device: Device, witness: Witness) -> None:
    report = device.connection.report
    for _ in range(3):
        report(DeviceState.DEGRADED, faults=(Fault.PAPER_OUT,), drawer_open=False)
    report(DeviceState.DEGRADED, faults=(Fault.PAPER_OUT,), drawer_open=True)
    report(DeviceState.UNKNOWN)
    report(DeviceState.CONNECTED)
    told = [(status.state, status.drawer_open) for status in witness.statuses]
    assert told == [
        (DeviceState.DEGRADED, False),
        (DeviceState.DEGRADED, True),
        (DeviceState.UNKNOWN, None),
        (DeviceState.CONNECTED, None),
    ]


async def test_cancelling_closes_the_link(
    running: asyncio.Task[None], device: Device, witness: Witness
) -> None:
    await witness.state(DeviceState.CONNECTED)
    running.cancel()
    await asyncio.wait({running})
    with pytest.raises(LostError):
        await device.links[-1].read()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(device.links[-1].fileno())
