"""Weight, price and pieces inside a GS1 code are used or told as a fault, never dropped."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.barcodes.elements import GROUP_SEPARATOR as GS
from agent.domain.barcodes.elements import Element, elements_of, of_message
from agent.domain.barcodes.measure import Fault, Measure, measure_of, sold_until

GTIN = "0106901234567892"
TODAY = date(2026, 5, 1)


def measure(rest: str) -> Measure | Fault | None:
    return measure_of(elements_of(GTIN + rest))


@pytest.mark.parametrize(
    ("rest", "kg"),
    [
        ("3103001234", "1.234"),
        ("3100000012", "12"),
        ("3105123456", "1.23456"),
        ("3201000100", "4.5359237"),
        ("3561000010", "0.0311034768"),
        ("3570000016", "0.45359237"),
        ("310300123432010027", "1.234"),  # kilograms and pounds of the same pack
        (f"10LOT{GS}3103001234", "1.234"),
        ("17269999" + "3103001234", "1.234"),
    ],
)
def test_a_net_weight_is_told_in_kilograms(rest: str, kg: str) -> None:
    assert measure(rest) == Measure(weight_kg=Fraction(kg))


@pytest.mark.parametrize(
    ("rest", "fen"),
    [("39221234", 1_234), ("392012", 1_200), ("39231230", 123), ("39321561980", 1_980)],
)
def test_a_price_is_told_in_fen(rest: str, fen: int) -> None:
    assert measure(rest) == Measure(price_fen=fen)


def test_price_and_weight_may_stand_together() -> None:
    assert measure("310300123439221980") == Measure(price_fen=1_980, weight_kg=Fraction("1.234"))


def test_pieces_are_told() -> None:
    assert measure("3012") == Measure(pieces=12)


@pytest.mark.parametrize("rest", ["", "10LOT", "3302001234", "15270131", "3400001000", "37000024"])
def test_what_is_no_measure_of_the_pack_tells_none(rest: str) -> None:
    assert measure(rest) is None


@pytest.mark.parametrize(
    ("rest", "fault"),
    [
        ("3103000000", Fault.ZERO),
        ("39220", Fault.ZERO),
        ("300", Fault.ZERO),
        ("310300123", Fault.UNREADABLE),
        ("3103O01234", Fault.UNREADABLE),
        ("3922", Fault.UNREADABLE),
        ("392212A", Fault.UNREADABLE),
        ("39231234", Fault.UNREADABLE),  # a tenth of a fen
        ("30", Fault.UNREADABLE),
        ("3107001234", Fault.UNREADABLE),  # no identifier has so many decimals
        ("3", Fault.UNREADABLE),  # cut off
        ("31", Fault.UNREADABLE),
        ("310", Fault.UNREADABLE),
        ("392", Fault.UNREADABLE),
        ("3932840500", Fault.OTHER_CURRENCY),
        ("39321", Fault.UNREADABLE),
        ("3112001500", Fault.OTHER_UNIT),
        ("3142000150", Fault.OTHER_UNIT),
        ("3152000750", Fault.OTHER_UNIT),
        ("3162000750", Fault.OTHER_UNIT),
        ("3210000012", Fault.OTHER_UNIT),
        ("3600000012", Fault.OTHER_UNIT),
        ("3902500", Fault.NO_PRICE),
        ("3912156500", Fault.NO_PRICE),
        ("39400100", Fault.NO_PRICE),
        ("8005001980", Fault.NO_PRICE),
        ("3952001980", Fault.NO_PRICE),
        (f"392212{GS}392213", Fault.SEVERAL),
        ("31030012343103001235", Fault.SEVERAL),
    ],
)
def test_a_measure_that_can_not_be_used_is_a_fault(rest: str, fault: Fault) -> None:
    assert measure(rest) is fault


def test_a_weight_with_its_price_per_kilogram_is_a_weight() -> None:
    assert measure("31030012348005001980") == Measure(weight_kg=Fraction("1.234"))


@given(st.integers(1, 999_999), st.integers(0, 5))
def test_any_weight_is_told_to_the_last_digit(digits: int, decimals: int) -> None:
    told = measure(f"310{decimals}{digits:06}")
    assert isinstance(told, Measure)
    assert told.weight_kg == Fraction(digits, 10**decimals)


@given(st.text(st.sampled_from("0123456789\x1dA"), max_size=40))
def test_no_rest_upsets_it(rest: str) -> None:
    measure(rest)
    sold_until(of_message(rest), TODAY)


@pytest.mark.parametrize(
    ("rest", "end"),
    [
        ("17260430", "2026-05-01 00:00"),
        ("15260501", "2026-05-02 00:00"),
        ("16260501", "2026-05-02 00:00"),
        ("17260200", "2026-03-01 00:00"),
        ("1726050115260401", "2026-04-02 00:00"),
        ("70032605011030", "2026-05-01 10:30"),
        ("17760101", "2076-01-02 00:00"),
        ("17060501", "2006-05-02 00:00"),
    ],
)
def test_a_date_tells_until_when_it_may_be_sold(rest: str, end: str) -> None:
    assert f"{sold_until(elements_of(GTIN + rest), TODAY):%Y-%m-%d %H:%M}" == end


@pytest.mark.parametrize(
    "rest",
    ["", "17991231", "17269999", "17000000", "11260101", "13260101", "1726AB01", "70032605012575"],
)
def test_what_is_no_date_tells_nothing(rest: str) -> None:
    assert sold_until(elements_of(GTIN + rest), TODAY) is None


def test_elements_are_told_as_they_stand() -> None:
    assert of_message(f"{GS}{GTIN}10AB{GS}17269999310300123") == (
        Element("01", "06901234567892"),
        Element("10", "AB"),
        Element("17", "269999"),
        Element("3103", "00123"),
    )


@pytest.mark.parametrize(
    "separator",
    [" ", "|", "~", "#", "@", "%", "\\", ",", ";", "_", "?", "{gs}", "<gs>", "(GS)", "‖"],
)
@pytest.mark.parametrize("before", ["", "17270131"])
def test_whatever_a_scanner_makes_of_a_separator_hides_no_weight(
    before: str, separator: str
) -> None:
    assert measure(f"{before}{separator}3103001234") == Measure(weight_kg=Fraction("1.234"))


@pytest.mark.parametrize("separator", [" ", "|", "~", "#", "@", "\\", "{gs}", "^", "[gs]", "‖"])
def test_what_stands_in_no_lot_ends_it(separator: str) -> None:
    assert measure(f"10AB{separator}3103001234") == Measure(weight_kg=Fraction("1.234"))


@pytest.mark.parametrize(
    "rest",
    [
        *(f"{sign}3103001234" for sign in ("{1D}", "<1D>", "]C1", "^1", "^029", "029", "%1D", "X")),
        *(f"10AB{sign}3103001234" for sign in ("%", ";", "?", ",", "_", "<GS>", "]C1", "&#29;")),
        "17-3103001234",
        "{1D}39221980",
    ],
)
def test_a_weight_or_price_in_what_can_not_be_read_is_told_not_dropped(rest: str) -> None:
    assert measure(rest) == Fault.UNREADABLE


@pytest.mark.parametrize("rest", ["/3103", "?3103", "?3103=", "/10/A/392", "?310=1", "/10/A?3922="])
def test_a_weight_or_price_cut_off_a_link_is_told_not_dropped(rest: str) -> None:
    link = f"https://id.gs1.org/01/{GTIN[2:]}{rest}"
    assert measure_of(elements_of(link)) == Fault.UNREADABLE


@pytest.mark.parametrize(
    "rest",
    ["10AB-3103001234", "10AB/3103001234", "21SN.3922500", "X", "10A|21B", "8200http://a.cn/39"],
)
def test_a_lot_or_serial_number_is_no_measure(rest: str) -> None:
    assert measure(rest) is None
