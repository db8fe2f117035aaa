"""Opaque codes: what follows from a code, and what does not give it away."""

import pytest

from agent.domain.coupons.opaque import MAX_USES, coupon_ids, digest_of, key_of

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


@pytest.mark.parametrize("other", ["春天来了 ", "春天來了", "A", "a"])
def test_another_code_is_another_coupon(other: str) -> None:
    assert digest_of(other) != digest_of(CODE)
    assert key_of(digest_of(other)) != key_of(digest_of(CODE))
