"""A damaged Retry-After is no reason to end."""

import pytest

from agent.base.clock import Millis
from sync.retry import retry_after_ms


@pytest.mark.parametrize(
    "header",
    [
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Mon, 99 Jan 2026 00:00:00 GMT",
        "soon",
        "-5",
        "\x00",
    ],
)
def test_a_damaged_retry_after_asks_for_nothing(header: str) -> None:
    assert retry_after_ms(header, Millis(0)) is None
