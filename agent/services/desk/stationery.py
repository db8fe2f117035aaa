"""Stationery: what the papers of a desk need beyond the events that they tell of."""

from collections.abc import Callable
from dataclasses import dataclass

from agent.domain.printing.letterhead import Letterhead


@dataclass(frozen=True, kw_only=True, slots=True)
class Stationery:
    """The store's letterhead, the paper's width, and whether there is a printer at all."""

    letterhead: Letterhead
    columns: int
    """Characters in a line of the paper."""
    printer: str
    """Its address; empty: there is none, and nothing is put into the spool."""
    is_online: Callable[[], bool]
    """Whether HQ is reachable just now."""
