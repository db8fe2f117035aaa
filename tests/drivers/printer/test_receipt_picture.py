"""Pictures of receipts: rasterised by resvg, and their QR codes read by ZXing."""

import io
import xml.etree.ElementTree as ET

import pytest
import resvg_py
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from agent.base.clock import Millis
from agent.domain.printing.printout import Printout, Qr, Text
from drivers.printer.paper.font import Encoding
from drivers.printer.paper.qr_code import QrWay
from drivers.virtual.printer_paper import PaperLine, Receipt, Style
from drivers.virtual.printer_picture import DOTS_PER_COLUMN, LINE_DOTS, MARGIN_DOTS, picture
from tests.drivers.printer.paper import RECEIPT, TOKEN, printed, receipt_bytes

SVG = "{http://www.w3.org/2000/svg}"


def rasterised(svg: str) -> Image.Image:
    """The picture in dots."""
    return Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg)))).convert("L")


def codes(image: Image.Image) -> list[str]:
    """What a scanner reads in it."""
    return [found.text for found in zxingcpp.read_barcodes(image)]


@pytest.mark.parametrize("qr", QrWay)
@pytest.mark.parametrize("columns", [32, 48])
@pytest.mark.parametrize("encoding", Encoding)
def test_the_code_on_a_receipt_can_be_scanned(encoding: Encoding, columns: int, qr: QrWay) -> None:
    receipt = printed(receipt_bytes(RECEIPT, encoding=encoding, columns=columns, qr=qr))
    assert codes(rasterised(picture(receipt, columns))) == [TOKEN]


@pytest.mark.parametrize("qr", QrWay)
@pytest.mark.parametrize(
    "data", ["https://e.example/r/T1-000123?签名=甲", "x" * 1_000, "T1", "会员"]
)
def test_codes_of_every_size_fit_narrow_paper_and_can_be_scanned(data: str, qr: QrWay) -> None:
    receipt = printed(receipt_bytes(Printout(elements=(Qr(data=data),)), columns=32, qr=qr))
    image = rasterised(picture(receipt, 32))
    assert image.width == 32 * DOTS_PER_COLUMN + 2 * MARGIN_DOTS
    assert codes(image) == [data]


def test_a_receipt_without_a_code_has_none_to_scan() -> None:
    receipt = printed(receipt_bytes(Printout(elements=(Text(text=TOKEN),))))
    assert codes(rasterised(picture(receipt, 48))) == []


def test_every_character_stands_in_its_column() -> None:
    receipt = printed(receipt_bytes(Printout(elements=(Text(text="合a计"),))))
    (text,) = ET.fromstring(picture(receipt, 48)).iter(f"{SVG}text")
    assert text.text == "合a计"
    assert text.get("x") == f"0 {2 * DOTS_PER_COLUMN} {3 * DOTS_PER_COLUMN}"


def test_a_printed_line_leaves_ink_in_its_line_and_nowhere_else() -> None:
    receipt = printed(receipt_bytes(Printout(elements=(Text(text=""), Text(text="合计")))))
    ink = rasterised(picture(receipt, 48)).point(lambda dot: 255 - dot).getbbox()
    assert ink
    left, top, right, bottom = ink
    assert (left, top) >= (MARGIN_DOTS, MARGIN_DOTS + LINE_DOTS)
    assert right <= MARGIN_DOTS + 4 * DOTS_PER_COLUMN
    assert bottom <= MARGIN_DOTS + 2 * LINE_DOTS


@settings(max_examples=50)
@given(st.text())
def test_whatever_is_printed_the_picture_is_sound_and_says_the_same(text: str) -> None:
    line = PaperLine(text=text, style=Style())
    receipt = Receipt(number=1, at=Millis(0), items=(line,), cut=True)
    drawn = [one.text for one in ET.fromstring(picture(receipt, 48)).iter(f"{SVG}text")]
    visible = "".join(char if char.isprintable() else "\ufffd" for char in text)
    assert drawn == ([visible] if text.strip() else [])
