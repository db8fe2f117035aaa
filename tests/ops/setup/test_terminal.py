"""Setting a store up on a terminal: from nothing to the first test receipt."""

import time
from pathlib import Path

from agent.settings import load_settings
from drivers.virtual.printer_device import VirtualPrinter
from sync.enrolment_file import ENROLMENT_FILE, read_enrolment
from sync.protocol.enrolment import EnrolmentCode
from tests.ops.setup.conftest import NAME, Place, written
from tests.ops.setup.terminal import CHINESE, ENGLISH, setting_up

FIRST_RECEIPT_S = 300.0
"""What a store was promised; who types takes most of it."""


def _wide(text: str) -> str:
    """As an input method types it."""
    return "".join(chr(ord(char) + 0xFEE0) for char in text.lower())


async def test_from_nothing_to_the_first_test_receipt_in_chinese(
    config: Path, place: Place, printer: tuple[VirtualPrinter, str]
) -> None:
    device, address = printer
    begun = time.monotonic()
    async with setting_up(config, environ=CHINESE) as terminal:
        await terminal.answer("语言 [回车 = zh-CN]: ")
        await terminal.answer("总部地址", place.url)
        await terminal.answer("加入码", _wide(place.code))
        await terminal.until("✓")
        await terminal.answer("收银台编号")
        await terminal.answer("扫码枪")
        await terminal.answer("小票打印机", address)
        await terminal.answer("每行字符数")
        await terminal.answer("顾客显示屏")
        difference = await terminal.answer("写入吗？", "y")
        await terminal.answer("打印一张测试小票吗？", "y")
        assert await terminal.end() == 0, terminal.shown
    assert time.monotonic() - begun < FIRST_RECEIPT_S
    assert len(device.receipts) == 1
    assert '+code = "MB001"' in difference
    assert "systemctl enable --now store-agent" in terminal.shown
    settings = load_settings(config, {})
    assert (settings.store.code, settings.store.name) == ("MB001", NAME)
    assert settings.hq.urls == (place.url,)
    file = config.parent.with_name("state") / ENROLMENT_FILE
    enrolment = read_enrolment(file.parent)
    assert enrolment is not None
    assert (enrolment.store, file.stat().st_mode & 0o777) == ("MB001", 0o600)
    assert enrolment.private_key not in terminal.shown


async def test_a_wrong_answer_is_asked_again_with_what_is_expected(
    config: Path, place: Place
) -> None:
    async with setting_up(config, "--till", "T2", "--scanner", "-", "--display", "-") as terminal:
        await terminal.answer("Language of the till page", b"\xff\xfe")
        await terminal.answer("zh-CN or en")
        await terminal.answer("Address of head office", "hq.example.com")
        await terminal.answer("begin with https://", place.url)
        await terminal.answer("Enrolment code", "ABCD")
        unknown = "A" * 12 + EnrolmentCode.parse(place.code).root_mark
        await terminal.answer("24 letters and digits", unknown)
        refusal = await terminal.answer("Address of head office")
        assert "head office refuses the code" in refusal
        await terminal.answer("Enrolment code", place.code)
        await terminal.answer("Receipt printer", "77")
        await terminal.answer("there is no number 77", "-")
        await terminal.answer("Write it?", "n")
        assert await terminal.end() == 1
    assert "nothing was changed" in terminal.shown
    assert written(config) == []


async def test_giving_up_changes_nothing(config: Path) -> None:
    async with setting_up(config) as terminal:
        await terminal.answer("Language")
        await terminal.answer("Address of head office", "\x04")
        terminal.type("\x03")
        assert await terminal.end() != 0
    assert "Traceback" not in terminal.shown
    assert written(config) == []


async def test_head_office_out_of_reach_stops_nobody(config: Path) -> None:
    away = ("--store", "MB001", "--hq", "http://127.0.0.1:9")
    devices = ("--scanner", "-", "--printer", "-", "--display", "-", "--till", "T1")
    async with setting_up(config, *away, *devices, environ=ENGLISH) as terminal:
        await terminal.answer("Language")
        await terminal.answer("Enrolment code", str(EnrolmentCode.make("ab" * 32)))
        await terminal.answer("Answer again? [y/N]")
        await terminal.answer("Write it?")
        assert await terminal.end() == 0
    assert "not reached" in terminal.shown
    assert load_settings(config, {}).hq.urls == ("http://127.0.0.1:9",)
