"""QR codes as dots, for printers that draw none: nothing of them steers, all of them fit."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.printing.printout import Printout, Qr, Text
from drivers.ports import DeviceState, PrintResult
from drivers.printer.clearing import FILLING
from drivers.printer.options import PrinterOptions
from drivers.printer.paper.encode import encode
from drivers.printer.paper.font import Encoding
from drivers.printer.paper.layout import Line, Symbol, lay_out
from drivers.printer.paper.qr_code import QrWay
from drivers.printer.paper.raster import qr_bands
from drivers.virtual.printer_bytes import RealTime, Tokenizer
from drivers.virtual.printer_condition import Lack
from drivers.virtual.printer_paper import PaperImage
from tests.conformance.printer_rigs import TcpRig, running
from tests.conformance.witness import Witness
from tests.drivers.printer.paper import RECEIPT, TOKEN, printed, receipt_bytes

DLE_COMMAND = re.compile(rb"\x10[\x04\x05\x14]")


@settings(max_examples=20)
@given(st.text(min_size=1, max_size=300), st.sampled_from([24, 32, 48, 64]))
def test_no_dots_look_like_a_real_time_command(data: str, columns: int) -> None:
    laid = lay_out(Printout(elements=(Qr(data=data),)), columns)
    pieces = encode(laid, encoding=Encoding.GBK, columns=columns, qr=QrWay.RASTER)
    for piece in pieces:
        assert not DLE_COMMAND.search(piece)
        assert RealTime().feed(piece) == ([], piece)


@pytest.mark.parametrize("columns", [24, 64])
def test_what_is_left_out_of_any_piece_is_ended_by_the_filling(columns: int) -> None:
    laid = lay_out(RECEIPT, columns, Encoding.GBK)
    for qr in QrWay:
        for piece in encode(laid, encoding=Encoding.GBK, columns=columns, qr=qr):
            for amid in range(1, len(piece), 61):
                *_, last = Tokenizer().feed(piece[:amid] + FILLING + b"\n\x1d!\x00")
                assert getattr(last, "name", "") == "GS !"


def test_the_bands_of_a_code_lie_without_a_gap() -> None:
    receipt = printed(receipt_bytes(Printout(elements=(Qr(data=TOKEN),)), qr=QrWay.RASTER))
    (image,) = receipt.items
    assert isinstance(image, PaperImage)
    assert 8 * image.row_bytes <= 48 * 12
    assert image.rows > 300


def test_a_code_that_would_be_too_fine_to_be_scanned_stands_there_as_text() -> None:
    """On 24 columns version 30 and above would have modules of one dot."""
    data = "x" * 2_000
    assert all(isinstance(item, Line) for item in lay_out(Printout(elements=(Qr(data=data),)), 24))
    assert lay_out(Printout(elements=(Qr(data=data),)), 32) == (Symbol(data=data),)


@pytest.mark.parametrize(("module_dots", "paper_dots"), [(1, 384), (8, 100)])
def test_a_code_that_fits_no_paper_is_refused(module_dots: int, paper_dots: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        qr_bands("HQ1ABC", module_dots=module_dots, paper_dots=paper_dots)


@pytest.mark.parametrize("qr", QrWay)
async def test_a_printer_that_draws_no_codes_prints_their_dots(tmp_path: Path, qr: QrWay) -> None:
    """With `native`, the control, it prints signs instead."""
    rig, witness = TcpRig(tmp_path, {Lack.QR}), Witness()
    rig.options = PrinterOptions(columns=32, qr=qr)
    page = Printout(elements=(Qr(data="HQ1ABC"), Text(text="谢谢")))
    async with rig.hardware.running(rig.port), running(rig, witness) as printer:
        await witness.state(DeviceState.CONNECTED)
        assert await printer.print(page) is PrintResult.PRINTED
    (receipt,) = rig.hardware.receipts
    dots = [item for item in receipt.items if isinstance(item, PaperImage)]
    assert bool(dots) == (receipt.text == "谢谢") == (qr is QrWay.RASTER)
