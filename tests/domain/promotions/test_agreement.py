"""Nothing better was to be had: exhaustive search over every legal choice finds the same."""

from tests.domain.promotions.agree import disagreements

CASES = 2_500
"""As many as fit some seconds; 20,000 and more: `python -m tests.domain.promotions.agree 20000`."""


def test_the_engine_finds_what_exhaustive_search_finds() -> None:
    assert disagreements(range(CASES)) == []
