"""A case: what happens to a store PC, and what must hold afterwards."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.booted.pair import Pair


@dataclass(frozen=True, kw_only=True)
class Case:
    """One fault, from its beginning to the judgement."""

    name: str
    what: str
    """What happens, in a few words, for the list and the table."""
    expected: str
    """What must hold, beside the judgement."""
    run: Callable[[Pair], None]
    """Raises UnexpectedError, or what a command raised, if it does not."""
    judged: bool = True
    """Whether the judgement over everything sold follows; a control judges by itself."""
    powered: bool = True
    """Whether both systems are booted before."""
