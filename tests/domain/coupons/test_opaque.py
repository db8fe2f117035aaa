"""Opaque codes: what follows from a code, and what does not give it away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.coupons.opaque import (
    MAX_OPAQUE_CHARS,
    MAX_USES,
    coupon_ids,
    digest_of,
    digests_of,
    key_of,
    normal,
)

CODE = "春天来了"


def test_each_use_in_each_store_is_a_coupon_of_its_own() -> None:
    digest = digest_of(CODE)
    ids = coupon_ids(digest, "MB001", MAX_USES) + coupon_ids(digest, "MB002", MAX_USES)
    assert len(set(ids)) == 2 * MAX_USES
    assert ids[0] == coupon_ids(digest, "MB001", 1)[0]


def test_ids_are_fixed_for_good() -> None:
    """Stores and head office have to make the same, whatever their version."""
    digest = digest_of("A")
    assert digest == "f4d7c381cb40bf0cc01c3f3f5768bd7ada26bf5682b5a12b294ee93762f6f8a4"
    assert key_of(digest) == "4e69b8997bed5777ca17120c"
    assert coupon_ids(digest, "MB001", 2) == (
        "85da9de7c92708e8218a66a0",
        "ad99576622d02ba7563f6190",
    )


@pytest.mark.parametrize(
    ("issued", "typed"),
    [
        (
            "春天来了",
            ["春天来了。", " 春天 来了 ", "春天来了!", "“春天来了”", "春天—来了", "春天来了…"],
        ),
        ("满30减5", ["满３０减５", "满 30 减 5。", "满30-减5"]),
        ("Spring 2026", ["spring2026", "SPRING-2026", "ｓｐｒｉｎｇ ２０２６。", "spring‐2026"]),
        (
            "K7PX2MN9QRST",
            ["k7px2mn9qrst", "K7PX-2MN9-QRST", "k7px 2mn9 qrst", "Ｋ７ＰＸ2MN9QRST。"],
        ),
        ("Straße", ["STRASSE", "strasse"]),
    ],
)
def test_a_code_is_the_same_however_it_is_typed(issued: str, typed: list[str]) -> None:
    assert {normal(one) for one in typed} == {normal(issued)}
    assert all(digest_of(normal(issued)) in digests_of(one) for one in typed)


@pytest.mark.parametrize("issued", ["K7PX2MN9QRST", "春天来了", "A", "满30减5"])
def test_a_code_that_was_issued_before_is_its_own_normal_form(issued: str) -> None:
    assert normal(issued) == issued


@pytest.mark.parametrize("issued", ["Spring", "a b", "春天 来了", "!", "ⅷ", "x" * MAX_OPAQUE_CHARS])
def test_a_code_as_it_was_issued_before_is_still_found(issued: str) -> None:
    assert digests_of(issued)[0] == digest_of(issued)


@given(st.text())
def test_the_normal_form_is_normal(code: str) -> None:
    assert normal(normal(code)) == normal(code)
    assert normal(f" {code}。") == normal(code)


@given(st.text(st.characters(codec="ascii")))
def test_case_makes_no_difference(code: str) -> None:
    assert normal(code.upper()) == normal(code.lower())


@pytest.mark.parametrize("long", ["x" * (MAX_OPAQUE_CHARS + 1), "ﷺ" * 10, ""])
def test_what_is_too_long_or_nothing_is_no_code(long: str) -> None:
    assert digest_of(normal(long)) not in digests_of(long)


@pytest.mark.parametrize("other", ["春天来了 ", "春天來了", "A", "a"])
def test_another_code_is_another_coupon(other: str) -> None:
    assert digest_of(other) != digest_of(CODE)
    assert key_of(digest_of(other)) != key_of(digest_of(CODE))
