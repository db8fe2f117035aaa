"""The line's state does not flutter."""

import pytest

from agent.base.clock import Millis
from sync.transport.link import LinkState


def after(calls: str) -> LinkState:
    """The state after calls, `+` answered, `-` not; one each millisecond."""
    link = LinkState()
    for at, call in enumerate(calls, 1):
        link.record(answered=call == "+", at=Millis(at))
    return link


@pytest.mark.parametrize(
    ("calls", "online"),
    [
        ("", False),
        ("+", True),
        ("-", False),
        ("+-", True),
        ("+-+++", True),
        ("+--", False),
        ("+-+++-", False),
        ("+-++++-", True),
        ("+--+", False),
        ("+--++", True),
        ("+--++-", True),
        ("+--++--", False),
        ("-+", False),
        ("-++", True),
        ("--+-+-+-", False),
    ],
)
def test_two_failures_of_five_take_the_line_down_and_a_clean_run_brings_it_back(
    calls: str, online: bool
) -> None:
    assert after(calls).online is online


def test_since_is_the_moment_of_the_change() -> None:
    assert after("").status.since is None
    assert after("++++").status.since == 1
    assert after("++--").status.since == 4
    assert after("++--+++").status.since == 6


def test_last_contact_is_the_last_answer() -> None:
    assert after("-").status.last_contact is None
    assert after("++--").status.last_contact == 2
