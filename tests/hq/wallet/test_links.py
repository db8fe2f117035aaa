"""A member's link: what was not made by us, or has expired, opens nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.base.clock import SECOND_MS, Millis
from sync.hq.wallet.links import LINK_CHARS, Link, make_link, read_link
from tests.hq.journal import NOON

SECRET = b"s" * 32
LINK = Link("0123456789abcdef01234567", Millis(NOON + 60 * SECOND_MS))
MADE = make_link(LINK, secret=SECRET)


def test_a_link_says_whose_it_is_until_it_ends() -> None:
    assert len(MADE) == LINK_CHARS
    assert read_link(MADE, secret=SECRET, now=Millis(LINK.expires - 1)) == LINK
    assert read_link(MADE, secret=SECRET, now=LINK.expires) is None
    assert read_link(MADE, secret=b"t" * 32, now=NOON) is None


@given(st.integers(0, LINK_CHARS - 1), st.sampled_from("AZaz09-_"))
def test_a_link_of_which_one_sign_is_another_opens_nothing(at: int, sign: str) -> None:
    changed = MADE[:at] + sign + MADE[at + 1 :]
    assert (read_link(changed, secret=SECRET, now=NOON) == LINK) is (changed == MADE)


@pytest.mark.parametrize("text", ["", "x", MADE[:-1], MADE + "A", "中" * LINK_CHARS, "=" * 44])
def test_what_is_no_link_opens_nothing(text: str) -> None:
    assert read_link(text, secret=SECRET, now=NOON) is None
