"""What a font lacks becomes its nearest sign, on paper and on displays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.printing.printout import Pair, Printout, Qr, Row, Text
from drivers.display.characters import legible
from drivers.plain import columns_of, plain
from drivers.printer.options import PrinterOptions
from drivers.printer.paper.font import Encoding, legible_text
from drivers.printer.paper.layout import Line, lay_out
from tests.drivers.printer.paper import printed, receipt_bytes


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("牛奶￥é", "牛奶￥é"),  # GBK has them
        ("Señor Şerif", "Senor Serif"),
        ("½ 杯", "1/2 杯"),
        ("€5 ￡3", "EUR5 ￡3"),
        ("10㎖ x²", "10ml x2"),
        ("Straße Ørsted Łódź", "Strasse Orsted Lódz"),
        ("®商标", "(R)商标"),
        ("𠮷野家", "吉野家"),
        ("喜✓", "喜√"),
        ("奶茶😀㐀", "奶茶？？"),
    ],
)
def test_paper_of_a_gbk_printer_shows_the_nearest_sign(text: str, shown: str) -> None:
    assert legible_text(text, Encoding.GBK) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Café", "Cafe"),
        ("Crème brûlée", "Creme brulee"),
        ("￥12.80", "Y12.80"),
        ("“Müller” – 2×", '"Muller" - 2x'),
        ("ＡＢ，。", "AB,."),
        ("25℃ ½", "25oC 1/2"),
        ("牛奶", "??"),
    ],
)
def test_a_display_without_chinese_shows_the_nearest_sign(text: str, shown: str) -> None:
    assert legible(text, "ascii") == shown


def test_a_printer_gets_no_character_of_four_bytes_unless_the_settings_say_so() -> None:
    assert PrinterOptions().encoding is Encoding.GBK
    page = Printout(elements=(Text(text="㐀合计😀"),))
    assert "㐀合计😀".encode("gb18030") not in receipt_bytes(page, encoding=Encoding.GBK)
    assert "㐀合计😀".encode("gb18030") in receipt_bytes(page, encoding=Encoding.GB18030)


def test_what_becomes_longer_moves_no_figure() -> None:
    row = Row(cells=("€€€ ½ 杯", "1", "12.80"), shares=(5, 1, 2))
    pair = Pair(left="Şırnak ½", right="€12.80")
    laid = lay_out(Printout(elements=(row, pair)), 32, Encoding.GBK)
    assert [line.text for line in laid if isinstance(line, Line)] == [
        "EUREUREUR 1/2 杯       1   12.80",
        "Sirnak 1/2              EUR12.80",
    ]


def test_a_code_and_its_caption_are_shown_and_its_content_stays() -> None:
    page = Printout(elements=(Qr(data="é€😀", caption="扫€"),), watermark="培训½")
    receipt = printed(receipt_bytes(page, encoding=Encoding.GBK))
    assert receipt.codes == ("é€😀",)
    assert "扫EUR" in receipt.text
    assert "培训1/2" in receipt.text


@given(st.text())
def test_whatever_a_gbk_printer_gets_it_has_and_it_stays_visible(text: str) -> None:
    shown = legible_text(text, Encoding.GBK)
    assert shown.encode("gbk").decode("gbk") == shown
    assert plain(shown) == shown
    assert columns_of(shown) >= len(plain(text)) - plain(text).count(" ")


@given(st.text())
def test_whatever_a_display_without_chinese_gets_is_printable_ascii(text: str) -> None:
    assert all(" " <= char <= "~" for char in legible(text, "ascii"))
