"""Careless code does not pass: two mutants here, all of them by
`python -m tests.domain.promotions.mutants`."""

import pytest

from tests.domain.promotions.mutants import is_caught


@pytest.mark.parametrize("name", ["greedy in place of best", "the end is inside"])
def test_careless_code_is_caught(name: str) -> None:
    assert is_caught(name)
