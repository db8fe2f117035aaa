"""Checking tenders: they come to exactly what is due, and only cash has change."""

from agent.domain.selling import tenders
from agent.domain.selling.events import Tender, TenderKind
from agent.services.selling.errors import (
    GivenTooLittleError,
    GivenWithoutCashError,
    TendersMismatchError,
)


def check_paid(paid: tuple[Tender, ...], payable_fen: int) -> None:
    """Raise TendersMismatchError, GivenWithoutCashError or GivenTooLittleError."""
    _check_sum(paid, payable_fen)
    for tender in paid:
        if tender.given_fen is None:
            continue
        if tender.kind is not TenderKind.CASH:
            raise GivenWithoutCashError("given_fen is what was handed over in cash")
        if tender.given_fen < tender.amount_fen:
            raise GivenTooLittleError(
                f"{tender.given_fen} fen do not pay {tender.amount_fen} fen",
                amount_fen=tender.amount_fen,
                given_fen=tender.given_fen,
            )


def check_given_back(back: tuple[Tender, ...], refunded_fen: int) -> None:
    """Raise TendersMismatchError or GivenWithoutCashError."""
    if any(tender.given_fen is not None for tender in back):
        raise GivenWithoutCashError("no cash is handed over when money is given back")
    _check_sum(back, refunded_fen)


def _check_sum(given: tuple[Tender, ...], due_fen: int) -> None:
    tendered_fen = tenders.sum_of(given)
    if tendered_fen != due_fen:
        raise TendersMismatchError(
            f"the tenders come to {tendered_fen} fen, payable are {due_fen} fen",
            payable_fen=due_fen,
            tendered_fen=tendered_fen,
        )
