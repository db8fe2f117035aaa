"""Tenders: change on cash, and the ways in which money goes back."""

from hypothesis import given
from hypothesis import strategies as st

from agent.domain.selling.events import Tender, TenderKind
from agent.domain.selling.tenders import change_fen, holds_cash, sum_of, ways_back

amounts = st.integers(0, 100_000)
tenders = st.lists(
    st.builds(
        lambda kind, fen: Tender(kind=kind, amount_fen=fen), st.sampled_from(TenderKind), amounts
    )
)


def paid(kind: TenderKind, amount_fen: int) -> Tender:
    return Tender(kind=kind, amount_fen=amount_fen)


def test_the_change_is_what_was_handed_over_above_the_amount() -> None:
    cash = Tender(kind=TenderKind.CASH, amount_fen=1_250, given_fen=2_000)
    assert change_fen((cash, paid(TenderKind.CARD, 700))) == 750
    assert change_fen((paid(TenderKind.CASH, 700),)) == 0


def test_only_cash_that_is_paid_is_a_reason_to_open_the_drawer() -> None:
    by_card = paid(TenderKind.CARD, 700)
    assert holds_cash((by_card, paid(TenderKind.CASH, 1)))
    assert not holds_cash((by_card, paid(TenderKind.CASH, 0)))


def test_money_goes_back_the_way_it_came() -> None:
    by_both = (paid(TenderKind.WECHAT, 500), paid(TenderKind.CASH, 300))
    assert ways_back(by_both, (), 800) == (paid(TenderKind.CASH, 300), paid(TenderKind.WECHAT, 500))
    assert ways_back(by_both, (paid(TenderKind.CASH, 300),), 400) == (paid(TenderKind.WECHAT, 400),)


def test_what_went_back_by_another_way_is_made_up_in_cash() -> None:
    by_card = (paid(TenderKind.CARD, 500),)
    assert ways_back(by_card, (paid(TenderKind.CARD, 400),), 300) == (
        paid(TenderKind.CASH, 200),
        paid(TenderKind.CARD, 100),
    )


@given(tenders, tenders, amounts)
def test_the_ways_back_come_to_exactly_the_amount(
    paid_by: list[Tender], given_back: list[Tender], amount_fen: int
) -> None:
    back = ways_back(paid_by, given_back, amount_fen)
    assert sum_of(back) == amount_fen
    assert all(tender.amount_fen > 0 for tender in back)
