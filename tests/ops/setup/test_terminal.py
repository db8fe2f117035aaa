"""Setting a store up on a terminal: from nothing to the first test receipt."""

import time
from pathlib import Path

from agent.settings import load_settings
from drivers.virtual.printer_device import VirtualPrinter
from tests.ops.setup.conftest import NAME, Place, written
from tests.ops.setup.terminal import CHINESE, ENGLISH, setting_up

WIDE = "\uff4d\uff42\uff10\uff10\uff11"
"""mb001 as an input method types it."""
FIRST_RECEIPT_S = 300.0
"""What a store was promised; who types takes most of it."""


def kept(file: Path) -> tuple[str, int]:
    """What a file holds, and who may read it."""
    return file.read_text(), file.stat().st_mode & 0o777


async def test_from_nothing_to_the_first_test_receipt_in_chinese(
    config: Path, place: Place, printer: tuple[VirtualPrinter, str]
) -> None:
    device, address = printer
    begun = time.monotonic()
    async with setting_up(config, environ=CHINESE) as terminal:
        await terminal.answer("语言 [回车 = zh-CN]: ")
        await terminal.answer("门店代码", WIDE)
        await terminal.answer("总部地址", place.url)
        await terminal.answer("根公钥", place.root_key)
        await terminal.answer("密钥 hk_…", place.key)
        await terminal.until("✓")
        await terminal.answer("收银台编号")
        await terminal.answer("扫码枪")
        await terminal.answer("小票打印机", address)
        await terminal.answer("每行字符数")
        await terminal.answer("顾客显示屏")
        difference = await terminal.answer("写入吗?", "y")
        await terminal.answer("打印一张测试小票吗?", "y")
        assert await terminal.end() == 0, terminal.shown
    assert time.monotonic() - begun < FIRST_RECEIPT_S
    assert len(device.receipts) == 1
    assert '+code = "MB001"' in difference
    assert place.key not in terminal.shown
    assert "systemctl enable --now store-agent" in terminal.shown
    settings = load_settings(config, {})
    assert (settings.store.code, settings.store.name) == ("MB001", NAME)
    assert settings.hq.urls == (place.url,)
    assert kept(Path(settings.hq.key_file)) == (place.key + "\n", 0o640)


async def test_a_wrong_answer_is_asked_again_with_what_is_expected(
    config: Path, place: Place
) -> None:
    async with setting_up(config, "--till", "T2", "--scanner", "-", "--display", "-") as terminal:
        await terminal.answer("Language of the till page", b"\xff\xfe")
        await terminal.answer("zh-CN or en")
        await terminal.answer("Store code", "M")
        await terminal.answer("2 to 8 capital letters", "MB001")
        await terminal.answer("Address of head office", "hq.example.com")
        await terminal.answer("begin with https://", place.url)
        await terminal.answer("root key", place.root_key)
        await terminal.answer("hk_…", place.other_key)
        refusal = await terminal.answer("Store code")
        assert "the key is that of store MB002" in refusal
        await terminal.answer("Address of head office")
        await terminal.answer("root key")
        await terminal.answer("hk_…", place.key)
        await terminal.answer("Receipt printer", "77")
        await terminal.answer("there is no number 77", "-")
        await terminal.answer("Write it?", "n")
        assert await terminal.end() == 1
    assert "nothing was changed" in terminal.shown
    assert written(config) == []


async def test_giving_up_changes_nothing(config: Path) -> None:
    async with setting_up(config) as terminal:
        await terminal.answer("Language")
        await terminal.answer("Store code", "\x04")
        terminal.type("\x03")
        assert await terminal.end() != 0
    assert "Traceback" not in terminal.shown
    assert written(config) == []


async def test_head_office_out_of_reach_stops_nobody(config: Path) -> None:
    away = ("--store", "MB001", "--hq", "http://127.0.0.1:9", "--root-key", "ab" * 32)
    devices = ("--scanner", "-", "--printer", "-", "--display", "-", "--till", "T1")
    async with setting_up(config, *away, *devices, environ=ENGLISH) as terminal:
        await terminal.answer("Language")
        await terminal.answer("hk_…", "hk_whatever")
        await terminal.answer("Answer these again? [y/N]")
        await terminal.answer("Write it?")
        assert await terminal.end() == 0
    assert "not reached" in terminal.shown
    assert load_settings(config, {}).hq.urls == ("http://127.0.0.1:9",)
