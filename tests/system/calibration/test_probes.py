"""The three codes can be scanned from a terminal and from paper, and say what they are to say."""

import re

import pytest
import zxingcpp
from PIL import Image

from agent.ops.calibration.probes import CHINESE, PROBES, Probe, on_terminal

MODULE = 6
"""Pixels of one module."""


def seen(lines: str) -> Image.Image:
    """What a camera sees of the terminal: each character is two modules high."""
    rows = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines.splitlines()]
    picture = Image.new("L", (len(rows[0]), 2 * len(rows)), 255)
    for y, row in enumerate(rows):
        for x, char in enumerate(row):
            picture.putpixel((x, 2 * y), 0 if char in "█▀" else 255)
            picture.putpixel((x, 2 * y + 1), 0 if char in "█▄" else 255)
    return picture.resize(
        (picture.width * MODULE, picture.height * MODULE), Image.Resampling.NEAREST
    )


@pytest.mark.parametrize("probe", PROBES, ids=["plain", "separated", "chinese"])
def test_a_code_on_the_terminal_is_read_back(probe: Probe) -> None:
    (code,) = zxingcpp.read_barcodes(seen(on_terminal(probe)))
    assert code.bytes == probe.text.encode()


def test_a_code_fits_a_terminal_of_80_columns_and_24_lines() -> None:
    for probe in PROBES:
        lines = re.sub(r"\x1b\[[0-9;]*m", "", on_terminal(probe)).splitlines()
        assert len(lines) <= 20
        assert max(map(len, lines)) <= 80


def test_the_chinese_begins_with_what_is_something_else_in_the_other_encoding() -> None:
    assert CHINESE.text[:2].encode("gb18030").decode("utf-8") == "лл"
