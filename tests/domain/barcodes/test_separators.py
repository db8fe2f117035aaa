"""GS that a scanner writes out is GS in GS1 codes, and what it is in all others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.barcodes.separators import with_separators
from agent.domain.barcodes.symbology import Carrier
from agent.domain.coupons.codes import clean

DISGUISES = ["{GS}", "<GS>", "[GS]", "{FNC1}", "^]", "\u241d", r"\x1d", r"\x1D"]


@pytest.mark.parametrize("written", DISGUISES)
@pytest.mark.parametrize(
    "code", ["0106901234567892{}10AB{}21C", "{}0106901234567892", "(10)A{}(21)B"]
)
def test_it_is_gs_in_a_gs1_code(written: str, code: str) -> None:
    scanned = code.replace("{}", written)
    assert clean(scanned) == code.replace("{}", "\x1d")
    assert with_separators(Carrier.GS1, scanned) == code.replace("{}", "\x1d")


@pytest.mark.parametrize(
    "code", ["HQ1ABC{GS}", "A^]12", "https://e.example/?a=^]1", "芝麻{GS}开门", "^]"]
)
def test_it_is_itself_in_any_other_code(code: str) -> None:
    assert clean(code) == code


@given(st.text(st.characters(exclude_characters="{<[^\\\u241d"), min_size=1))
def test_a_code_without_any_is_left_alone(code: str) -> None:
    for carrier in (Carrier.GS1, Carrier.UNKNOWN):
        assert with_separators(carrier, code) == code
