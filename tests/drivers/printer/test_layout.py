"""How a printout stands on paper of 32, 48 and any other number of columns."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.printing.printout import Element, Feed, Pair, Printout, Qr, Row, Rule, Text
from drivers.plain import columns_of, plain
from drivers.printer.paper.layout import (
    COLUMNS_58MM,
    COLUMNS_80MM,
    MAX_COLUMNS,
    MIN_COLUMNS,
    WATERMARK_EVERY,
    Line,
    Symbol,
    lay_out,
)

columns = st.integers(MIN_COLUMNS, MAX_COLUMNS)
words = st.text(max_size=120) | st.text("牛奶，。abc 123.45￥", max_size=120)
figures = st.from_regex(r"-?￥?[0-9]{1,7}\.[0-9]{2}", fullmatch=True)


def lines(*elements: Element, width: int = COLUMNS_58MM) -> list[str]:
    """The lines of text of a printout without a watermark."""
    laid = lay_out(Printout(elements=elements), width)
    return [item.text for item in laid if isinstance(item, Line)]


def squeezed(text: str) -> str:
    """The text without spaces of any kind."""
    return "".join(plain(text).split())


@given(columns, words, words, st.booleans())
def test_no_line_is_wider_than_the_paper_and_nothing_is_cut_away(
    width: int, left: str, right: str, large: bool
) -> None:
    elements: tuple[Element, ...] = (
        Text(text=left, large=large, align="center"),
        Pair(left=left, right=right, large=large),
        Row(cells=(left, right, right), shares=(5, 2, 3)),
    )
    for element, content in zip(elements, (left, left + right, left + right + right), strict=True):
        laid = lay_out(Printout(elements=(element,)), width)
        assert "".join(squeezed(item.text) for item in laid if isinstance(item, Line)) == (
            squeezed(content)
        )
        for item in laid:
            assert isinstance(item, Line)
            assert columns_of(item.text) * (2 if item.large else 1) <= width


@given(columns, st.text("牛奶苹果礼盒装 abc", max_size=60), figures, figures)
def test_a_figure_is_never_parted(width: int, name: str, figure: str, other: str) -> None:
    elements: tuple[Element, ...] = (
        Pair(left=name, right=figure),
        Row(cells=(name, other, figure), shares=(8, 1, 1)),
        Text(text=f"{name} {figure} {name}"),
    )
    for element in elements:
        assert any(
            re.search(rf"(?<![\d.￥-]){re.escape(figure)}(?![\d.])", line)
            for line in lines(element, width=width)
        ), (element, figure)


def test_a_receipt_of_58_mm_stands_in_its_columns() -> None:
    assert lines(
        Text(text="星河超市（人民路店）", align="center"),
        Pair(left="小票号", right="T1-000123"),
        Rule(),
        Row(cells=("品名", "数量", "金额"), shares=(5, 1, 2)),
        Row(cells=("纯牛奶 250ml", "2", "12.80"), shares=(5, 1, 2)),
        Rule(double=True),
        Feed(lines=1),
    ) == [
        "      星河超市（人民路店）",
        "小票号                 T1-000123",
        "-" * 32,
        "品名                数量    金额",
        "纯牛奶 250ml           2   12.80",
        "=" * 32,
        "",
    ]


def test_words_longer_than_a_line_stand_below_their_label_as_a_paragraph() -> None:
    why = "商品破损,顾客要求退货并更换同款,经店长确认"
    assert lines(Pair(left="原因", right=why)) == ["原因", why[:17], why[17:]]
    assert lines(Pair(left="原因", right=why[:16])) == ["原因", f" {why[:16]}"]


def test_a_name_too_wide_for_its_column_stands_above_its_figures() -> None:
    row = Row(cells=("新疆阿克苏冰糖心苹果礼盒装十二枚", "1", "128.00"), shares=(5, 1, 2))
    assert lines(row, width=COLUMNS_58MM) == [
        "新疆阿克苏冰糖心苹果礼盒装十二枚",
        "                       1  128.00",
    ]
    assert lines(row, width=MAX_COLUMNS) == [
        "新疆阿克苏冰糖心苹果礼盒装十二枚" + " " * 15 + "1" + " " * 10 + "128.00"
    ]


def test_figures_too_wide_for_their_columns_stand_on_lines_of_their_own() -> None:
    row = Row(cells=("团购", "1000000", "￥1000000.00"), shares=(8, 1, 1))
    assert lines(row, width=24) == ["团购", "   1000000  ￥1000000.00"]
    wider = Row(cells=("团购", "1000000000", "￥1000000000000.00"), shares=(8, 1, 1))
    assert lines(wider, width=24) == [
        "团购",
        "              1000000000",
        "      ￥1000000000000.00",
    ]


def test_a_label_that_leaves_no_room_puts_its_figure_below() -> None:
    assert lines(Pair(left="优惠" * 7, right="-￥10.00"), width=COLUMNS_58MM) == [
        "优惠" * 7,
        "                        -￥10.00",
    ]
    assert lines(Pair(left="优惠" * 9, right="-￥10.00"), width=COLUMNS_58MM) == [
        "优惠" * 8,
        "优惠                    -￥10.00",
    ]


def test_large_text_counts_double() -> None:
    (line,) = lay_out(
        Printout(elements=(Pair(left="合计", right="￥140.80", large=True),)), COLUMNS_58MM
    )
    assert line == Line(text="合计    ￥140.80", large=True)
    assert lines(Text(text="一二三四五六七八九", large=True)) == ["一二三四五六七八", "九"]


def test_words_wrap_at_spaces_and_closing_marks_never_begin_a_line() -> None:
    assert lines(Text(text="Thank you for shopping with us today"), width=24) == [
        "Thank you for shopping",
        "with us today",
    ]
    assert lines(Text(text="一二三四五六七八九十甲乙，丙"), width=24) == [
        "一二三四五六七八九十甲",
        "乙，丙",
    ]


def test_a_word_longer_than_the_paper_goes_on_in_the_next_line() -> None:
    assert lines(Text(text="x" * 30), width=24) == ["x" * 24, "x" * 6]


def test_an_odd_column_is_left_free_rather_than_half_a_character() -> None:
    assert lines(Text(text="a" + "中" * 12), width=24) == ["a" + "中" * 11, "中"]
    assert lines(Text(text="牛" * 13), width=25) == ["牛" * 12, "牛"]


def test_the_watermark_is_on_every_piece_that_could_be_torn_off() -> None:
    printout = Printout(elements=(Feed(lines=20),), watermark="培训 TRAINING")
    texts = [item.text for item in lay_out(printout, COLUMNS_80MM) if isinstance(item, Line)]
    marked = [number for number, text in enumerate(texts) if "培训 TRAINING" in text]
    assert (marked[0], marked[-1]) == (0, len(texts) - 1)
    assert max(b - a for a, b in pairwise(marked)) == WATERMARK_EVERY + 1
    unmarked = Printout(elements=(Feed(lines=20),))
    assert lay_out(unmarked, COLUMNS_80MM) == (Line(text=""),) * 20


def test_the_watermark_stands_between_two_paragraphs_if_it_can() -> None:
    paragraphs = (Text(text="首" * 16), *[Text(text="甲" * 16 + "乙" * 16)] * 8)
    printout = Printout(elements=paragraphs, watermark="培训")
    texts = [item.text for item in lay_out(printout, COLUMNS_58MM) if isinstance(item, Line)]
    marked = [number for number, text in enumerate(texts) if "培训" in text]
    assert len(marked) > 3
    assert {texts[number - 1] for number in marked[1:]} == {"乙" * 16}


def test_a_code_has_its_caption_below() -> None:
    assert lay_out(Printout(elements=(Qr(data="HQ1ABC", caption="扫码领券"),)), COLUMNS_58MM) == (
        Symbol(data="HQ1ABC"),
        Line(text="            扫码领券"),
    )


def test_what_no_code_can_hold_stands_there_as_text() -> None:
    data = "x" * 2_332
    assert "".join(lines(Qr(data=data))) == data
    assert lay_out(Printout(elements=(Qr(data=data[1:]),)), COLUMNS_58MM) == (
        Symbol(data=data[1:]),
    )


@pytest.mark.parametrize("width", [MIN_COLUMNS - 1, MAX_COLUMNS + 1, 0, -1])
def test_paper_that_no_printer_has_is_refused(width: int) -> None:
    with pytest.raises(ValueError, match="columns"):
        lay_out(Printout(elements=()), width)


@pytest.mark.parametrize("shares", [(1,), (1, 2, 3), (1, 0), ()])
def test_a_row_whose_shares_do_not_fit_its_cells_is_refused(shares: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="shares"):
        lay_out(Printout(elements=(Row(cells=("a", "b"), shares=shares),)), COLUMNS_58MM)
