"""Labels of the store's scales."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.selling.scale_label import ScaleLabel, ScaleLabels, weighed_price

PRICED, WEIGHED = "22IIIIIPPPPPC", "21IIIIIWWWWWC"
LABELS = ScaleLabels((PRICED, WEIGHED))


def ean13(places: str) -> str:
    """Return 12 digits with their check digit, by the textbook's way."""
    odd, even = (sum(map(int, places[start::2])) for start in (0, 1))
    return places + str(-(odd + 3 * even) % 10)


def test_a_label_tells_its_price() -> None:
    assert LABELS.read("2212345012343") == ScaleLabel(
        article="12345", gtin_begin="02212345", price_fen=1_234
    )


def test_a_label_tells_its_weight() -> None:
    assert LABELS.read(ean13("210012301500")) == ScaleLabel(
        article="00123", gtin_begin="02100123", weight_g=1_500
    )


def test_a_label_may_tell_price_and_weight() -> None:
    label = ScaleLabels(("25IIIPPPPWWWC",)).read(ean13("251230999250"))
    assert label is not None
    assert (label.article, label.price_fen, label.weight_g) == ("123", 999, 250)


@pytest.mark.parametrize(
    "code",
    [
        "2212345012344",  # check digit
        ean13("230012301500"),  # a prefix that no format has
        "6901234567892",
        "221234501234",
        "22123450123430",
        "22123450１２343",  # digits that are not ASCII
        "",
    ],
)
def test_another_code_is_no_label(code: str) -> None:
    assert LABELS.read(code) is None
    assert LABELS.read("2212345012343") is not None


@pytest.mark.parametrize("code", ["221234500000", "210012300000"])
def test_a_label_whose_price_or_weight_is_zero_is_none(code: str) -> None:
    assert LABELS.read(ean13(code)) is None
    assert LABELS.read(ean13(code[:-1] + "1")) is not None


def test_of_price_and_weight_one_is_enough() -> None:
    labels = ScaleLabels(("25IIIPPPPWWWC",))
    priced, weighed = (labels.read(ean13(code)) for code in ("251230999000", "251230000250"))
    assert priced == ScaleLabel(article="123", gtin_begin="025123", price_fen=999)
    assert weighed == ScaleLabel(article="123", gtin_begin="025123", weight_g=250)
    assert labels.read(ean13("251230000000")) is None


def test_a_label_without_room_for_either_names_its_article() -> None:
    label = ScaleLabels(("22IIIIIIIIIIC",)).read(ean13("221234567890"))
    assert label == ScaleLabel(article="1234567890", gtin_begin="0221234567890")


def test_without_formats_there_are_no_labels() -> None:
    assert ScaleLabels().read("2212345012343") is None


@given(st.text(max_size=20))
def test_any_text_is_read_or_none(code: str) -> None:
    label = LABELS.read(code)
    assert label is None or code.startswith(("21", "22"))


@pytest.mark.parametrize(
    ("weight_g", "per_kg_fen", "fen"),
    [(1_000, 1_980, 1_980), (1_500, 1_999, 2_999), (1, 499, 0), (1, 500, 1), (333, 1_000, 333)],
)
def test_a_weight_costs_its_share_of_the_kilogram_half_up(
    weight_g: int, per_kg_fen: int, fen: int
) -> None:
    assert weighed_price(weight_g, per_kg_fen) == fen
