"""Our bytes, read by a decoder that we did not write: npos, an ESC/POS library of Node."""

import json
import subprocess
from pathlib import Path

import pytest

from agent.domain.printing.printout import Element, Pair, Printout, Qr, Text
from agent.domain.printing.sale import sale_receipt
from drivers.plain import columns_of, plain
from drivers.printer.paper.encode import kick
from drivers.virtual.printer_paper import PaperLine
from tests.domain.printing.papers import SHOP
from tests.domain.printing.promoted import SOLD
from tests.drivers.printer.paper import RECEIPT, TOKEN, printed, receipt_bytes

HERE = Path(__file__).parent / "second_opinion"
OUR_COMMANDS = {"ESC @", "ESC R", "ESC E", "ESC a", "GS !", "GS a", "GS (k", "GS V", "FS &", "FS ."}
HOSTILE = "牛奶\x1bp\x00\x19\xfa\n\x1dV\x00\u202e买一送一\u202c\u200b\x10\x14\x01\x00\x05"


def decoded(data: bytes) -> list[tuple[str, str]]:
    """Each command with its bytes in hexadecimal, and each text; ./run test installs npos."""
    done = subprocess.run(
        ["node", HERE / "decode.cjs"], input=data, capture_output=True, check=True, timeout=60
    )
    return [(name, content) for name, content in json.loads(done.stdout)]


def texts(found: list[tuple[str, str]]) -> str:
    """The text in one piece."""
    return "".join(content for name, content in found if name == "text")


def test_the_text_is_what_our_own_decoder_reads() -> None:
    data = receipt_bytes(RECEIPT)
    found = decoded(data)
    lines = [item.text for item in printed(data).items if isinstance(item, PaperLine)]
    assert texts(found).split("\n") == [*lines, ""]
    assert "龘😀 谢谢惠顾" in texts(found)


def test_every_control_byte_belongs_to_a_command_that_we_meant() -> None:
    data = receipt_bytes(RECEIPT)
    found = decoded(data)
    assert {name for name, _ in found} == OUR_COMMANDS | {"text"}
    commands = b"".join(bytes.fromhex(content) for name, content in found if name != "text")
    text = texts(found).encode("gb18030")
    assert sorted(commands + text) == sorted(data)
    assert {byte for byte in text if byte < 0x20} == {0x0A}


def test_the_code_and_the_cut_are_where_we_put_them() -> None:
    found = decoded(receipt_bytes(RECEIPT))
    codes = [bytes.fromhex(content) for name, content in found if name == "GS (k"]
    assert [code[5:7] for code in codes] == [b"1A", b"1C", b"1E", b"1P", b"1Q"]
    assert codes[3][8:] == TOKEN.encode()
    assert found[0] == ("ESC @", "1b40")
    assert found[-1] == ("GS V", "1d564200")


def test_a_hostile_name_is_text_to_it_too() -> None:
    elements: tuple[Element, ...] = (
        Text(text=HOSTILE),
        Pair(left=HOSTILE, right="12.80"),
        Qr(data=HOSTILE, caption=HOSTILE),
    )
    found = decoded(receipt_bytes(Printout(elements=elements)))
    assert {name for name, _ in found} <= OUR_COMMANDS | {"text"}
    assert [name for name, _ in found].count("GS V") == 1
    assert texts(found).count("买一送一") == 3
    assert plain(HOSTILE) in texts(found)


def test_it_does_notice_a_pulse_for_the_drawer() -> None:
    """The control."""
    assert decoded(receipt_bytes(RECEIPT) + kick(2))[-1] == ("ESC p", "1b70003232")


@pytest.mark.parametrize("columns", [32, 48])
def test_what_was_taken_off_is_read_on_narrow_and_wide_paper(columns: int) -> None:
    lines = texts(decoded(receipt_bytes(sale_receipt(SHOP, SOLD), columns=columns))).split("\n")

    assert all(columns_of(line) <= columns for line in lines)
    for label, figure in (
        ("  优惠 第二件半价", "-29.95"),
        ("  手工优惠 瓶身划痕", "-2.10"),
        ("优惠 满100减20", "-20.00"),
        ("优惠 新人券 *", "-5.00"),
        ("抹零", "-0.05"),
        ("其中增值税 13%", "0.36"),
    ):
        gap = columns - columns_of(label) - columns_of(figure)
        assert f"{label}{' ' * gap}{figure}" in lines, "one line, its figure at the edge"
