"""Tenders: the ways in which a sum is paid or given back, and the change on cash."""

from collections.abc import Iterable

from agent.domain.selling.events import Tender, TenderKind


def sum_of(tenders: Iterable[Tender]) -> int:
    """Return what the tenders come to, in fen."""
    return sum(tender.amount_fen for tender in tenders)


def change_fen(tenders: Iterable[Tender]) -> int:
    """Return the change (找零) that goes back to the customer, in fen."""
    return sum(
        tender.given_fen - tender.amount_fen for tender in tenders if tender.given_fen is not None
    )


def holds_cash(tenders: Iterable[Tender]) -> bool:
    """Whether something was paid in cash."""
    return any(tender.kind is TenderKind.CASH and tender.amount_fen for tender in tenders)


def ways_back(
    paid: Iterable[Tender], given_back: Iterable[Tender], amount_fen: int
) -> tuple[Tender, ...]:
    """Return tenders that give `amount_fen` back the way it was `paid`, as far as that goes.

    What came by one way and went back by another is given in cash.
    """
    left = dict.fromkeys(TenderKind, 0)
    for tender in paid:
        left[tender.kind] += tender.amount_fen
    for tender in given_back:
        left[tender.kind] -= tender.amount_fen
    back: dict[TenderKind, int] = {}
    for kind, there_fen in left.items():
        back[kind] = min(max(there_fen, 0), amount_fen)
        amount_fen -= back[kind]
    back[TenderKind.CASH] += amount_fen
    return tuple(Tender(kind=kind, amount_fen=fen) for kind, fen in back.items() if fen)
