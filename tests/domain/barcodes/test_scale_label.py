"""Labels of the store's scales."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.barcodes.scale_formats import PRESETS, are_formats, format_of
from agent.domain.barcodes.scale_label import (
    Misread,
    MisreadLabel,
    ScaleLabel,
    ScaleLabels,
    unset_prefix,
    weighed_price,
)

PRICED, WEIGHED = "22IIIIIPPPPPC", "21IIIIIWWWWWC"
LABELS = ScaleLabels((PRICED, WEIGHED))


def checked(places: str) -> str:
    """Return the digits with their check digit, by the textbook's way."""
    one, other = (sum(map(int, places[::-1][start::2])) for start in (0, 1))
    return places + str(-(3 * one + other) % 10)


def read(form: str, code: str) -> ScaleLabel | MisreadLabel:
    [label] = ScaleLabels((form,)).read(code)
    return label


def said(form: str, code: str) -> tuple[str, int | None, int | None]:
    label = read(form, code)
    assert isinstance(label, ScaleLabel)
    return label.article, label.price_fen, label.weight_g


def test_a_label_tells_its_price() -> None:
    assert LABELS.read("2212345012343") == (
        ScaleLabel(form=PRICED, article="12345", gtin_begin="02212345", price_fen=1_234),
    )


def test_a_label_tells_its_weight() -> None:
    assert LABELS.read(checked("210012301500")) == (
        ScaleLabel(form=WEIGHED, article="00123", gtin_begin="02100123", weight_g=1_500),
    )


@pytest.mark.parametrize(
    ("entry", "code", "says"),
    [
        ("22IIIIIPPPPPC", checked("221234501234"), ("12345", 1_234, None)),
        ("2IIIIIIPPPPPC", checked("212345601234"), ("123456", 1_234, None)),
        ("26IIIIIPPPPPWWWWWC", checked("26123450198001234"), ("12345", 1_980, 1_234)),
        ("26IIIIIWWWWWPPPPPC", checked("26123450123401980"), ("12345", 1_980, 1_234)),
        ("25IIIPPPPWWWC", checked("251230999250"), ("123", 999, 250)),
        ("02IIIIIVPPPPC", checked("021234592875"), ("12345", 2_875, None)),
        ("20IIIIVPPPPPC", checked("201234614685"), ("1234", 14_685, None)),
        ("20IIIIWWWWWVC", checked("201234146856"), ("1234", None, 14_685)),
        ("22XXIIIIIPPPPC", checked("2299123451234"), ("12345", 1_234, None)),
        ("22IIIIIPPPPPX", "2212345012340", ("12345", 1_234, None)),
        ("22IIIIIPPPPP", "221234501234", ("12345", 1_234, None)),
        ("2IIIPPPC", checked("2123456"), ("123", 456, None)),
        ("22IIIIIIIIIIC", checked("221234567890"), ("1234567890", None, None)),
        ("dahua-price:22", checked("221234501234"), ("12345", 1_234, None)),
        ("dahua-price-weight:26", checked("26123450198001234"), ("12345", 1_980, 1_234)),
        ("dahua-weight-price:26", checked("26123450123401980"), ("12345", 1_980, 1_234)),
        ("toledo-price:2", checked("212345601234"), ("123456", 1_234, None)),
        ("digi-price-6:20", checked("201234561234"), ("123456", 1_234, None)),
        ("digi-price-check:02", checked("021234592875"), ("12345", 2_875, None)),
    ],
)
def test_labels_are_read_as_scales_print_them(
    entry: str, code: str, says: tuple[str, int | None, int | None]
) -> None:
    assert are_formats((entry,))
    assert said(format_of(entry), code) == says


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_is_a_format(name: str) -> None:
    prefix = "2" * PRESETS[name].count("?")
    assert are_formats((f"{name}:{prefix}",))
    assert not are_formats((f"{name}:{prefix}0",))
    assert not are_formats((name,))


@pytest.mark.parametrize(
    "form",
    [
        "",
        "22PPPPPPPPPPC",  # no article
        "69IIIIIPPPPPC",  # a maker's prefix
        "22IIIIIPPPPPCC",
        "22IIIIIPPPPPCI",
        "2IIIPPP",  # shorter than any bar code
        "22IIIIIPPPPPPPPPC",  # a price that no sale takes
        "22IIIIIVPPPC",  # GS1 checks 4 or 5 digits
        "22IIVIIPPPPPC",
        "22IIIIIVPPPPVC",
        "28IIIIIPPPPPWWWWWX",  # all of Alipay's payment codes
        "dahua:22",
        "22iiiiipppppc",
    ],
)
def test_what_no_till_can_read_is_no_format(form: str) -> None:
    assert not are_formats((form,))


def test_two_formats_for_the_same_labels_contradict() -> None:
    assert not are_formats(("22IIIIIPPPPPC", "22IIIIIWWWWWC"))
    assert not are_formats(("22IIIIIPPPPPC", "dahua-weight:22"))
    assert are_formats(("22IIIIIPPPPPC", "21IIIIIWWWWWC", "2IIIIIIPPPPPC", "dahua-price-weight:22"))


def test_a_label_in_upc_a_is_read_with_and_without_its_zero() -> None:
    label = checked("021234592875")
    assert said("02IIIIIVPPPPC", label) == said("02IIIIIVPPPPC", label[1:])


def test_a_label_of_twelve_places_may_come_with_a_zero_in_front() -> None:
    label = checked("21234501234")
    assert said("2IIIIIPPPPPC", f"0{label}") == said("2IIIIIPPPPPC", label)
    assert ScaleLabels(("2IIIIIPPPPPC",)).read(f"1{label}") == ()


def test_the_check_digit_of_18_places_may_be_counted_from_either_end() -> None:
    form, places = "26IIIIIPPPPPWWWWWC", "26123450198001234"
    from_left = -sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(places)) % 10
    assert checked(places) != f"{places}{from_left}"
    assert (
        said(form, f"{places}{from_left}") == said(form, checked(places)) == ("12345", 1_980, 1_234)
    )


def test_a_label_of_two_formats_is_read_by_both_in_order() -> None:
    labels = ScaleLabels(("2IIIIIIPPPPPC", "22IIIIIPPPPPC")).read(checked("221234501234"))
    assert [one.form for one in labels] == ["2IIIIIIPPPPPC", "22IIIIIPPPPPC"]


@pytest.mark.parametrize(
    "code",
    [
        checked("230012301500"),  # a prefix that no format has
        "6901234567892",
        "221234501234",
        "22123450123430",
        "22123450１２343",  # digits that are not ASCII
        "",
    ],
)
def test_another_code_is_no_label(code: str) -> None:
    assert LABELS.read(code) == ()


@pytest.mark.parametrize(
    ("form", "code", "why"),
    [
        (PRICED, "2212345012344", Misread.CHECK_DIGIT),
        ("26IIIIIPPPPPWWWWWC", checked("26123450198001234")[:-1] + "2", Misread.CHECK_DIGIT),
        ("02IIIIIVPPPPC", checked("021234582875"), Misread.VALUE_CHECK_DIGIT),
        (PRICED, checked("221234500000"), Misread.ZERO),
        (WEIGHED, checked("210012300000"), Misread.ZERO),
        ("25IIIPPPPWWWC", checked("251230000000"), Misread.ZERO),
    ],
)
def test_a_label_that_is_not_what_its_format_says_is_told(
    form: str, code: str, why: Misread
) -> None:
    assert read(form, code) == MisreadLabel(form=form, why=why)


def test_of_price_and_weight_one_is_enough() -> None:
    form = "25IIIPPPPWWWC"
    assert said(form, checked("251230999000")) == ("123", 999, None)
    assert said(form, checked("251230000250")) == ("123", None, 250)


def test_without_formats_there_are_no_labels() -> None:
    assert ScaleLabels().read("2212345012343") == ()


@pytest.mark.parametrize(
    ("code", "prefix"),
    [
        (checked("231234501234"), "23"),
        (checked("021234501234"), "02"),
        (checked("21234501234"), "02"),
        (checked("24123450198001234"), "24"),
        ("2312345012341", None),
        ("6901234567892", None),
        ("", None),
    ],
)
def test_what_looks_like_a_label_is_known_without_a_format(code: str, prefix: str | None) -> None:
    assert unset_prefix(code) == prefix


FORMS = st.sampled_from([PRICED, WEIGHED, "2IIIIIIPPPPPC", "02IIIIIVPPPPC"])


@given(FORMS, st.data())
def test_one_wrong_digit_is_never_another_price(form: str, data: st.DataObject) -> None:
    prefix = "".join(char for char in form if char.isdigit())
    rest = data.draw(st.text(st.sampled_from("0123456789"), min_size=len(form), max_size=len(form)))
    code = checked(f"{prefix}{rest}"[: len(form) - 1])
    at = data.draw(st.integers(len(prefix), len(form) - 1))
    wrong = str((int(code[at]) + data.draw(st.integers(1, 9))) % 10)
    assert read(form, code[:at] + wrong + code[at + 1 :]) == MisreadLabel(
        form=form, why=Misread.CHECK_DIGIT
    )


@given(st.text(max_size=20))
def test_any_text_is_read_or_none(code: str) -> None:
    assert LABELS.read(code) == () or code.startswith(("21", "22"))


@pytest.mark.parametrize(
    ("weight_g", "per_kg_fen", "fen"),
    [(1_000, 1_980, 1_980), (1_500, 1_999, 2_999), (1, 499, 0), (1, 500, 1), (333, 1_000, 333)],
)
def test_a_weight_costs_its_share_of_the_kilogram_half_up(
    weight_g: int, per_kg_fen: int, fen: int
) -> None:
    assert weighed_price(weight_g, per_kg_fen) == fen
