"""Which article a bar code may mean, however scanner, printer or person writes it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.barcodes.article_code import is_barcode, read_barcode
from agent.domain.barcodes.elements import GROUP_SEPARATOR as GS
from agent.domain.barcodes.symbology import Carrier
from agent.domain.coupons.codes import is_payment_code, read

TODAY = date(2026, 5, 1)
WATER, WATER_13 = "06901234567892", "6901234567892"
EIGHT = "00000096385074"
MAGAZINE = "09771234567898"


def gtins(scanned: str) -> list[str]:
    carrier, code = read(scanned)
    money = is_payment_code(code)
    barcode = read_barcode(carrier, code, today=TODAY, may_be_money=money)
    return [one.gtin for one in barcode.articles]


@pytest.mark.parametrize(
    ("scanned", "gtin"),
    [
        (WATER_13, WATER),
        ("96385074", EIGHT),
        ("012345678905", "00012345678905"),
        ("16901234567899", "16901234567899"),
        (f"01{WATER}", WATER),
        (f"01{WATER}10LOT{GS}21SERIAL", WATER),
        (f"]E0{WATER_13}", WATER),
        ("]E0012345678905", "00012345678905"),
        ("]E00012345678905", "00012345678905"),
        ("]E496385074", EIGHT),
        (f"]I1{WATER}", WATER),
        ("]I31690123456789", "16901234567899"),
        (f"]e001{WATER}", WATER),
        (f"]C101{WATER}10LOT", WATER),
        (f"]C0{WATER_13}", WATER),
        (f"]Q1{WATER_13}", WATER),
        (f"]d2{GS}01{WATER}17270131", WATER),
        (f"]d201{WATER}", WATER),
        (f"]J101{WATER}", WATER),
        (f"]Q301{WATER}", WATER),
        (f"]e0{WATER_13}", WATER),  # Caps Lock on: it was ]E0
        (f"{GS}01{WATER}10A{GS}", WATER),
        (f"10LOT{GS}01{WATER}", WATER),
        (f"310300123401{WATER}", WATER),
        (f"(01){WATER}(10)LOT", WATER),
        (f"(01) {WATER} (17) 270131", WATER),
        (f"（01）{WATER}（10）LOT", WATER),
        (f"[01]{WATER}[10]LOT", WATER),
        (f"]C1(01){WATER}", WATER),
        (f"https://id.gs1.org/01/{WATER}", WATER),
        (f"HTTPS://ID.GS1.ORG/01/{WATER}", WATER),
        (f"]Q1https://brand.example/some/where/01/{WATER}/10/LOT/21/1?17=270131", WATER),
        (f"http://localhost/gtin/{WATER_13}?utm=1", WATER),
        (f"brand.cn/01/{WATER_13}", WATER),
        ("https://brand.example/01/96385074", EIGHT),
        ("977123456789805", MAGAZINE),
        ("977123456789851234", MAGAZINE),
        ("]E3977123456789805", MAGAZINE),
        ("]E39771234567898]E105", MAGAZINE),
        ("]E09771234567898]E251234", MAGAZINE),
        ("]E301234567890512", "00012345678905"),
        ("01234567890512345", "00012345678905"),
        ("978-7-04-000000-9", "09787040000009"),
        ("9771234567898 05", MAGAZINE),
        ("６９０１２３４５６７８９２", WATER),
        ("６９０１２３４\u3000５６７８９２", WATER),
        ("6901234567892。", WATER),
        (f"(01)\u3000{WATER}", WATER),
        (f"#01{WATER}", WATER),
        (f"01{WATER} 17270131", WATER),
    ],
)
def test_the_gtin_is_found_however_it_is_sent(scanned: str, gtin: str) -> None:
    assert gtins(scanned) == [gtin]


@pytest.mark.parametrize(
    "rest",
    [
        "17269999",
        "11260230",
        "9999ABC",
        "05X",
        f"10{'L' * 40}{GS}21S",
        "3103",
        f"17{GS}10A",
        "10",
        f"21ABC{GS}{GS}10X",
        "8200http://example.com",
        "4321X",
    ],
)
def test_one_bad_element_hides_no_right_gtin(rest: str) -> None:
    assert gtins(f"]C101{WATER}{rest}") == [WATER]
    assert gtins(f"01{WATER}{rest}") == [WATER]


@pytest.mark.parametrize(
    "rest", ["?17=269999", "?3103=x&99=%FF", "/10/%2F?linkType=all", "?17=", "#x", "/99"]
)
def test_one_bad_part_of_a_link_hides_no_right_gtin(rest: str) -> None:
    assert gtins(f"https://id.gs1.org/01/{WATER}{rest}") == [WATER]


def test_a_upc_e_that_also_checks_as_a_gtin_8_has_two_readings() -> None:
    assert gtins("01245714") == ["00000001245714", "00012100004574"]


def test_the_symbology_says_which_of_them_it_is() -> None:
    assert gtins("]E001245714") == ["00012100004574"]
    assert gtins("]E401245714") == ["00000001245714"]
    assert gtins("]E30124571405") == ["00012100004574"]


@pytest.mark.parametrize(
    "code",
    [
        "6901234567893",
        "1234567",
        "",
        "69012345678",
        "²²²²²²²²",
        "abcdefgh",
        "00000000",
        "0106901234567893",
        f"(01){WATER_13}",
        "https://id.gs1.org/01/6901234567893",
        "https://id.gs1.org/10/LOT",
        "https://[::1/01/6901234567892",
        f"01{WATER}01{EIGHT}",
        "6901234567892123",
        "9771234567898123",
    ],
)
def test_what_has_no_right_check_digit_has_no_gtin(code: str) -> None:
    read_code = read_barcode(Carrier.UNKNOWN, code, today=TODAY, may_be_money=False)
    assert read_code.articles == ()


def test_a_payment_code_is_not_read_as_a_bar_code_with_add_on() -> None:
    """1300000000000 is a right GTIN, and 12345 might be beside it."""
    assert gtins("130000000000012345") == []
    assert gtins("]E3130000000000012345") == ["01300000000000"]


def test_the_content_of_a_pallet_is_not_the_pallet() -> None:
    barcode = read_barcode(Carrier.GS1, f"02{WATER}3724", today=TODAY, may_be_money=False)
    assert (barcode.articles, barcode.content) == ((), WATER)


@pytest.mark.parametrize("code", ["]E105", "]E251234"])
def test_an_add_on_alone_is_known_as_such(code: str) -> None:
    carrier, rest = read(code)
    assert read_barcode(carrier, rest, today=TODAY, may_be_money=False).is_add_on


@pytest.mark.parametrize("code", ["2556901234567892", "8110106141416543213150110120", "8112X"])
def test_a_gs1_coupon_is_known_as_such(code: str) -> None:
    assert read_barcode(Carrier.GS1, code, today=TODAY, may_be_money=False).is_coupon
    assert not read_barcode(Carrier.OTHER, code, today=TODAY, may_be_money=False).is_coupon


ANY_CODE = st.text(st.sampled_from("0123456789\x1dAb ()-/:.]"), max_size=80) | st.text()


@given(st.sampled_from(Carrier), ANY_CODE)
def test_no_code_upsets_the_reading(carrier: Carrier, code: str) -> None:
    barcode = read_barcode(carrier, code, today=TODAY, may_be_money=False)
    assert all(len(one.gtin) == 14 for one in barcode.articles)


@given(st.text(max_size=30))
def test_what_is_no_bar_code_for_head_office_is_none_for_a_till(code: str) -> None:
    barcode = read_barcode(Carrier.UNKNOWN, code, today=TODAY, may_be_money=False)
    assert is_barcode(code) == (barcode.articles != () or barcode.content is not None)
