"""Rules as the public data sets write them, campaigns as they travel, and money."""

from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.basket import points_earned, total
from agent.domain.coupons.campaign import (
    AmountOff,
    Campaign,
    PercentOff,
    Rule,
    SetPrice,
    StandsInBook,
    SumRule,
    parse_rule,
)
from agent.domain.money import MAX_FEN, share, yuan
from tests.domain.factories import campaign, line

amounts = st.integers(0, MAX_FEN)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("30:5", AmountOff(min_fen=3_000, off_fen=500)),
        ("500:30", AmountOff(min_fen=50_000, off_fen=3_000)),
        ("0:1", AmountOff(min_fen=0, off_fen=100)),
        ("100000000:1", AmountOff(min_fen=MAX_FEN, off_fen=100)),
        ("0:100000000", AmountOff(min_fen=0, off_fen=MAX_FEN)),
        ("30:50", AmountOff(min_fen=3_000, off_fen=5_000)),
        ("0.95", PercentOff(pay_bp=9_500)),
        ("0.9", PercentOff(pay_bp=9_000)),
        ("0.5", PercentOff(pay_bp=5_000)),
        ("0.8500", PercentOff(pay_bp=8_500)),
        ("0.0001", PercentOff(pay_bp=1)),
        ("0.9999", PercentOff(pay_bp=9_999)),
    ],
)
def test_a_rule_of_the_public_data_is_read(text: str, rule: SumRule) -> None:
    assert parse_rule(text) == rule


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "null", "Discount_rate", "30", "30:", ":5", "30:5:1", "30:0", "30:-5", "-30:5"),
        *(
            "30.5:5",
            "30:5 ",
            " 30:5",
            "3_0:5",
            "３０:５",
            "30：5",
            "1000000000:1",
            "100000001:1",
            "1:100000001",
        ),
        *("1", "1.0", "0", "0.", "0.0", "0.0000", ".5", "-0.5", "+0.5", "1.5", "0.-5", "0.+5"),
        *("0.5_0", "0.95001", "0,9", "0.9\n", "9e-1", "nan", "inf", "0.9:5", "٠.٩"),
        "9" * 5_000 + ":1",
    ],
)
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected 'x:y'"):
        parse_rule(text)


@given(st.text())
def test_any_text_is_a_rule_that_can_be_sent_or_a_value_error(text: str) -> None:
    try:
        rule = parse_rule(text)
    except ValueError:
        return
    assert msgspec.json.decode(msgspec.json.encode(rule), type=Rule) == rule


@pytest.mark.parametrize(
    ("fen", "basis_points", "part"),
    [
        (1, 5_000, 1),  # 0.5 rounds up
        (3, 5_000, 2),
        (1, 4_999, 0),
        (10, 9_500, 10),  # 9.5
        (10, 9_499, 9),
        (999, 9_000, 899),  # 899.1
        (0, 9_999, 0),
        (MAX_FEN, 9_999, 999_900_000_0),
    ],
)
def test_a_share_is_rounded_half_up(fen: int, basis_points: int, part: int) -> None:
    assert share(fen, basis_points) == part


@given(amounts, st.integers(1, 9_999))
def test_a_share_is_never_half_a_fen_off(fen: int, basis_points: int) -> None:
    error = share(fen, basis_points) - Fraction(fen * basis_points, 10_000)
    assert Fraction(-1, 2) < error <= Fraction(1, 2)


@pytest.mark.parametrize("pay_bp", [0, 10_000, -1, 9_000.0])
def test_a_factor_lies_between_nothing_and_all(pay_bp: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"type": "percent_off", "pay_bp": pay_bp}, Rule)


def test_a_campaign_travels_unchanged() -> None:
    for rule in (
        AmountOff(min_fen=0, off_fen=MAX_FEN),
        PercentOff(pay_bp=9_999),
        StandsInBook(promotion="P1"),
    ):
        sent = campaign(campaign=1, rule=rule)
        assert msgspec.json.decode(msgspec.json.encode(sent), type=Campaign) == sent


@pytest.mark.parametrize("number", [0, -1, 2**53, 2**64, "1", 1.0, None])
def test_a_campaign_has_a_number_that_a_store_can_keep(number: object) -> None:
    body = {**msgspec.to_builtins(campaign()), "campaign": number}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(body, Campaign)


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "0.00"), (5, "0.05"), (100, "1.00"), (123_456, "1234.56"), (-5, "-0.05"), (-250, "-2.50")],
)
def test_fen_read_as_yuan(fen: int, text: str) -> None:
    assert yuan(fen) == text


# Baskets

LINES = (line("A", 1_000), line("B", 250), line("A", 50))


def test_a_basket_comes_to_the_sum_of_its_lines() -> None:
    assert total(LINES) == 1_300
    assert total(()) == 0


@pytest.mark.parametrize(("payable_fen", "points"), [(0, 0), (99, 0), (100, 1), (12_399, 123)])
def test_a_whole_yuan_paid_earns_a_point(payable_fen: int, points: int) -> None:
    assert points_earned(payable_fen) == points


def test_a_set_names_two_articles_or_more() -> None:
    with pytest.raises(ValueError, match="two articles"):
        campaign(rule=SetPrice(price_fen=2_500), skus=("BURGER", "BURGER")).__post_init__()
