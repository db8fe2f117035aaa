"""From [display] in the settings to what the customer reads."""

import asyncio
from pathlib import Path

import pytest

from agent.base.clock import SystemClock
from agent.services.desk.news import News
from agent.services.house.customer_figures import CustomerFigures
from agent.settings import load_settings
from agent.till_devices import make_devices
from drivers.virtual.eight_digits import VirtualEightDigits
from tests.conformance.witness import PATIENCE_SECONDS


def settings_file(tmp_path: Path, display: str) -> Path:
    file = tmp_path / "agent.toml"
    file.write_text(f'[store]\ncode = "MB001"\n[display]\n{display}\n')
    return file


@pytest.mark.parametrize("kind", ["led8", "led8n"])
async def test_a_display_of_eight_digits_is_made_from_the_settings(
    tmp_path: Path, kind: str
) -> None:
    file = settings_file(tmp_path, f'address = "serial:{tmp_path}/d"\nkind = "{kind}"')
    devices = make_devices(load_settings(file, {}), news=(news := News()), clock=SystemClock())
    assert devices.figures
    screen = CustomerFigures(devices.figures, news=news, till="T1")
    async with VirtualEightDigits(is_led8n=kind == "led8n").running(tmp_path / "d") as hardware:
        devices.start()
        screen.start()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await hardware.until(lambda: hardware.digits == "0.00")
        await screen.stop()
        await devices.stop()
    assert hardware.unknown == []


@pytest.mark.parametrize("kind", ["cd5220", "led8"])
async def test_a_display_behind_no_printer_is_told_with_what_mends_it(
    tmp_path: Path, kind: str
) -> None:
    file = settings_file(tmp_path, f'address = "printer:"\nkind = "{kind}"')
    devices = make_devices(load_settings(file, {}), news=News(), clock=SystemClock())
    (told,) = devices.report()
    assert "set [printer] address" in told.detail
