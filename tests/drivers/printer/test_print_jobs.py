"""Jobs of printers that answer badly or not at all, and what is said of addresses."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from agent.base.clock import SystemClock
from agent.domain.printing.printout import Printout, Text
from drivers.address import FileAddress
from drivers.connection import Connection
from drivers.errors import AddressError, NotReadyError, UnsureError
from drivers.make import make_printer
from drivers.ports import DeviceState, Fault, PrintResult
from drivers.printer.job import SLICE_BYTES, slices
from drivers.printer.options import Patience, PrinterOptions
from drivers.printer.printer import EscPosPrinter
from drivers.transport.link import Link
from drivers.virtual.ports import TcpPort
from drivers.virtual.printer_device import VirtualPrinter
from tests.conformance.haste import HASTY, PATIENCE, nap
from tests.conformance.witness import Witness
from tests.drivers.printer.paper import RECEIPT

Answer = Callable[[bytes], bytes]
"""What a printer says to the bytes that it got."""


def says_all_is_well(data: bytes) -> bytes:
    """Answer each DLE EOT; never confirm."""
    return b"\x12" * data.count(b"\x10\x04")


@asynccontextmanager
async def printer_that(
    answer: Answer | None,
    *,
    patience: Patience = PATIENCE,
    answers: bool = True,
    witness: Witness | None = None,
    greeting: bytes = b"",
) -> AsyncIterator[EscPosPrinter]:
    """A printer whose other end is `answer`; None: it takes nothing at all."""
    ours, theirs = socket.socketpair()
    theirs.sendall(greeting)
    connection = Connection(
        name="receipts",
        open_link=partial(_opened, ours),
        on_status=(witness or Witness()).on_status,
        clock=SystemClock(),
        sleep=nap,
    )
    printer = EscPosPrinter(
        name="receipts",
        address="test:",
        options=PrinterOptions(answers=answers),
        connection=connection,
        patience=patience,
    )
    tasks = [asyncio.create_task(printer.run())]
    if answer:
        tasks.append(asyncio.create_task(_answering(theirs, answer)))
    try:
        await nap(0)
        yield printer
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        ours.close()
        theirs.close()


async def _opened(ours: socket.socket) -> Link:
    ours.setblocking(False)
    return Link(os.dup(ours.fileno()), FileAddress(path="/test"))


async def _answering(theirs: socket.socket, answer: Answer) -> None:
    theirs.setblocking(False)
    with suppress(ConnectionError):
        while data := await asyncio.get_running_loop().sock_recv(theirs, 4_096):
            for byte in answer(data):
                await asyncio.get_running_loop().sock_sendall(theirs, bytes((byte,)))
                await nap(0)


async def test_a_job_of_a_printer_that_never_confirms_is_sent() -> None:
    async with printer_that(says_all_is_well, patience=HASTY) as printer:
        assert await printer.print(RECEIPT) is PrintResult.SENT
        assert "never answers GS r" in printer.status.found


async def test_a_job_that_is_not_confirmed_by_a_printer_that_can_is_unsure() -> None:
    cut = False

    def confirms_until_it_cuts(data: bytes) -> bytes:
        nonlocal cut
        cut = cut or b"\x1dVB\x00" in data
        return says_all_is_well(data) + b"\x00" * (data.count(b"\x1dr\x01") * (not cut))

    patience = structs.replace(PATIENCE, confirmation=0.1)
    async with printer_that(confirms_until_it_cuts, patience=patience) as printer:
        with pytest.raises(UnsureError, match="confirm"):
            await printer.print(RECEIPT)


async def test_a_job_that_is_confirmed_is_printed() -> None:
    """The control."""

    def confirms(data: bytes) -> bytes:
        return says_all_is_well(data) + b"\x00" * data.count(b"\x1dr\x01")

    async with printer_that(confirms) as printer:
        assert await printer.print(RECEIPT) is PrintResult.PRINTED


async def test_a_printer_that_prints_line_by_line_is_given_time_for_each() -> None:
    patience = Patience(reply=5.0, job_poll=0.01, confirmation=0.1, line=0.1)
    lines = Printout(elements=tuple(Text(text=f"第{number}行") for number in range(40)))
    hardware = VirtualPrinter(clock=SystemClock())
    hardware.slow_down(10)
    async with hardware.running(port := TcpPort(hardware)):
        witness = Witness()
        printer = make_printer(
            "receipts",
            port.address,
            PrinterOptions(),
            on_status=witness.on_status,
            clock=SystemClock(),
            patience=patience,
        )
        running = asyncio.create_task(printer.run())
        await witness.state(DeviceState.CONNECTED)
        assert await printer.print(lines) is PrintResult.PRINTED
        running.cancel()
        await asyncio.wait({running})


async def test_a_confirmation_that_nobody_asked_for_confirms_nothing() -> None:
    def babbles(data: bytes) -> bytes:
        return b"\x00\x00" * (b"\x1dr\x01" not in data) + says_all_is_well(data)

    patience = Patience(reply=5.0, poll=60.0, job_poll=60.0, confirmation=60.0)
    async with printer_that(babbles, patience=patience) as printer:
        job = asyncio.create_task(printer.print(RECEIPT))
        done, _ = await asyncio.wait({job}, timeout=0.2)
        assert not done
        job.cancel()
        await asyncio.wait({job})


async def test_half_an_answer_is_no_answer() -> None:
    """Of one that gave whole ones before; from the first it would be all that it can."""
    whole = True

    def says_little(data: bytes) -> bytes:
        return says_all_is_well(data) if whole else b"\x12" * data.count(b"\x10\x04\x01")

    witness = Witness()
    async with printer_that(says_little, patience=HASTY, witness=witness) as printer:
        await witness.state(DeviceState.CONNECTED)
        whole = False
        with pytest.raises(NotReadyError):
            await printer.print(RECEIPT)
        assert printer.status.state is DeviceState.UNKNOWN


async def test_what_was_said_before_anybody_asked_is_no_answer() -> None:
    """A byte that was under way as the line was opened must not put every answer one behind."""
    stale = [b"\x7e", b"\x32"]

    def is_well(data: bytes) -> bytes:
        return (stale.pop() if stale else b"") + says_all_is_well(data)

    witness = Witness()
    async with printer_that(is_well, witness=witness, greeting=b"\x7e\x1a\x00") as printer:
        await witness.state(DeviceState.CONNECTED)
        assert printer.status.faults == ()
    assert witness.states == [DeviceState.CONNECTED]


async def test_an_answer_that_was_lost_puts_no_later_one_behind() -> None:
    lose = 0

    def loses_one(data: bytes) -> bytes:
        nonlocal lose
        said = b"".join(_without_paper(ask) for ask in data.split(b"\x10\x04")[1:])
        lose, lost = 0, lose
        return said[lost:]

    witness = Witness()
    async with printer_that(loses_one, patience=STALLED, witness=witness) as printer:
        for _ in range(3):
            await witness.state(DeviceState.DEGRADED)
            lose = 1
            await witness.state(DeviceState.UNKNOWN)
        assert (await witness.state(DeviceState.DEGRADED)).faults == (Fault.PAPER_OUT,)
        assert printer.status.faults == (Fault.PAPER_OUT,)


def _without_paper(ask: bytes) -> bytes:
    """What a printer without paper answers to DLE EOT n, of which `ask` is the n."""
    return {b"\x01": b"\x1a", b"\x02": b"\x32", b"\x04": b"\x7e"}.get(ask[:1], b"\x12")


STALLED = structs.replace(HASTY, reply=0.4)
"""For printers that stall and answer again, on however busy a machine."""


class Stalling:
    """Answers as a printer with its drawer's switch high; holds back what it says when told so."""

    def __init__(self) -> None:
        self.stalled = False
        self._held = b""

    def answer(self, data: bytes) -> bytes:
        """Answer each DLE EOT, sooner or later."""
        self._held += b"".join(
            b"\x16" if asked[:1] == b"\x01" else b"\x12" for asked in data.split(b"\x10\x04")[1:]
        )
        if self.stalled:
            return b""
        said, self._held = self._held, b""
        return said


async def test_answers_that_come_late_are_not_taken_for_those_to_other_questions() -> None:
    stalling, witness = Stalling(), Witness()
    async with printer_that(stalling.answer, patience=STALLED, witness=witness):
        await witness.state(DeviceState.CONNECTED)
        for _ in range(3):
            stalling.stalled = True
            await witness.state(DeviceState.UNKNOWN)
            stalling.stalled = False
            await witness.state(DeviceState.CONNECTED)
    assert DeviceState.DEGRADED not in witness.states


async def test_answers_that_never_come_are_not_waited_for_for_ever() -> None:
    deaf, witness = False, Witness()

    def drops(data: bytes) -> bytes:
        return b"" if deaf else says_all_is_well(data)

    async with printer_that(drops, patience=STALLED, witness=witness):
        for _ in range(3):
            await witness.state(DeviceState.CONNECTED)
            deaf = True
            await witness.state(DeviceState.UNKNOWN)
            deaf = False
        await witness.state(DeviceState.CONNECTED)


async def test_noise_is_no_answer() -> None:
    async with printer_that(lambda data: b"\xff\x91\x13" * len(data), patience=HASTY) as printer:
        with pytest.raises(NotReadyError):
            await printer.print(RECEIPT)
        assert printer.status.state is DeviceState.UNKNOWN


async def test_what_only_listens_gets_everything_and_confirms_nothing() -> None:
    got = bytearray()

    def listens(data: bytes) -> bytes:
        got.extend(data)
        return b""

    async with printer_that(listens, answers=False) as printer:
        assert await printer.print(RECEIPT) is PrintResult.SENT
        while not got.endswith(b"\x1dVB\x00"):
            await nap(0)
    assert b"\x10\x04" not in got
    assert b"\x1dr" not in got


async def test_what_only_listens_and_takes_nothing_is_unsure_in_the_end() -> None:
    async with printer_that(None, answers=False, patience=HASTY) as printer:
        with pytest.raises(UnsureError, match="took nothing"):
            await _print_on_and_on(printer)


async def _print_on_and_on(printer: EscPosPrinter) -> None:
    """The system itself takes some hundred receipts."""
    while True:
        await printer.print(RECEIPT)


@given(st.lists(st.binary(min_size=1, max_size=600)))
def test_pieces_are_joined_but_never_parted(pieces: list[bytes]) -> None:
    parts = list(slices(pieces))
    assert b"".join(parts) == b"".join(pieces)
    edges = {sum(map(len, pieces[:count])) for count in range(len(pieces) + 1)}
    assert {sum(map(len, parts[:count])) for count in range(len(parts) + 1)} <= edges
    assert all(len(part) <= SLICE_BYTES or part in pieces for part in parts)


@pytest.mark.parametrize(
    "address", ["hid:/dev/input/event0", "nothing", "tcp://host", "acme:there-is-no-such-driver"]
)
def test_what_is_no_printers_address_is_refused(address: str) -> None:
    with pytest.raises(AddressError):
        make_printer(
            "receipts",
            address,
            PrinterOptions(),
            on_status=Witness().on_status,
            clock=SystemClock(),
        )


@pytest.mark.parametrize("wrong", [{"columns": 23}, {"columns": 65}, {"drawer_pin": 3}])
def test_options_that_no_printer_has_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="is"):
        PrinterOptions(**wrong)  # type: ignore[arg-type]  # what the settings could hold
