"""Hearing scanners byte for byte: whichever it is, whole bursts, and the longest gap in them."""

import asyncio
import os
from pathlib import Path

import pytest

from drivers.scanner.listening import listening
from drivers.virtual.scanner import VirtualScanner
from tests.conformance.witness import PATIENCE_SECONDS
from tests.drivers.scanner.keyboard import key_strokes


async def test_the_scanner_that_is_used_is_found_among_several(tmp_path: Path) -> None:
    keyboard = tmp_path / "event7"
    os.mkfifo(keyboard)
    typing = os.open(keyboard, os.O_RDWR | os.O_NONBLOCK)
    with VirtualScanner(tmp_path / "scanner") as serial:
        addresses = (f"serial:{serial.path}", f"hid:{keyboard}")
        async with listening(addresses, alone=False) as listener:
            assert listener.opened == [*addresses]
            os.write(typing, key_strokes("HQ1abc\r"))
            heard = await listener.next(PATIENCE_SECONDS)
            assert heard
            assert (heard.address, heard.text()) == (f"hid:{keyboard}", "HQ1abc\r")
            serial.scan("6901234567892")
            heard = await listener.next(PATIENCE_SECONDS)
            assert heard
            assert (heard.address, heard.text()) == (addresses[0], "6901234567892\r")
    os.close(typing)


async def test_a_slow_code_is_one_burst_and_its_longest_gap_is_told(tmp_path: Path) -> None:
    with VirtualScanner(tmp_path / "scanner") as serial:
        async with listening([f"serial:{serial.path}"], alone=True) as listener:
            await serial.trickle("HQ1ABC", pieces=3, gap_ms=120)
            heard = await listener.next(PATIENCE_SECONDS)
    assert heard
    assert heard.text() == "HQ1ABC\r"
    assert 100 <= heard.longest_gap_ms < 450


async def test_silence_is_told(tmp_path: Path) -> None:
    with VirtualScanner(tmp_path / "scanner") as serial:
        async with listening([f"serial:{serial.path}"], alone=True) as listener:
            assert await listener.next(0.02) is None


@pytest.mark.parametrize("address", ["serial:/dev/ttyACM77", "usb:/dev/usb/lp0", "nonsense"])
async def test_what_can_t_be_heard_is_told_and_the_others_are_heard(
    address: str, tmp_path: Path
) -> None:
    with VirtualScanner(tmp_path / "scanner") as serial:
        async with listening([address, f"serial:{serial.path}"], alone=True) as listener:
            assert listener.opened == [f"serial:{serial.path}"]
            (why,) = listener.refused
            assert why.startswith(f"{address}: ")
            serial.scan("HQ1ABC")
            assert await listener.next(PATIENCE_SECONDS)


async def test_a_device_that_is_lost_takes_the_others_not_along(tmp_path: Path) -> None:
    with VirtualScanner(tmp_path / "one") as one, VirtualScanner(tmp_path / "two") as two:
        addresses = (f"serial:{one.path}", f"serial:{two.path}")
        async with listening(addresses, alone=True) as listener:
            one.unplug()
            await asyncio.sleep(0)
            two.scan("HQ1ABC")
            heard = await listener.next(PATIENCE_SECONDS)
            assert heard
            assert heard.address == addresses[1]
