"""Cash over HTTP: what was handed over, and the change."""

from typing import Any

import pytest

from tests.api.conftest import Shop
from tests.api.till import SALES, Till, sale
from tests.services.facts import facts

PAYABLE = 12_680


def cash(amount_fen: int, given_fen: int) -> dict[str, Any]:
    return {"kind": "cash", "amount_fen": amount_fen, "given_fen": given_fen}


async def test_the_change_is_told_and_what_was_handed_over_is_recorded(
    shop: Shop, till: Till
) -> None:
    card = {"kind": "card", "amount_fen": 2_680}
    answer = await till.post(SALES, sale(tenders=[cash(10_000, 10_050), card]))
    assert (answer.status, answer.json["change_fen"]) == (201, 50)
    body = facts(shop.state_dir)["journal"][-1][3]
    assert b'{"amount_fen":10000,"given_fen":10050,"kind":"cash"}' in body


async def test_exact_cash_has_no_change(till: Till) -> None:
    for tender in (cash(PAYABLE, PAYABLE), {"kind": "cash", "amount_fen": PAYABLE}):
        answer = await till.post(SALES, sale(tenders=[tender]))
        assert (answer.status, answer.json["change_fen"]) == (201, 0)


@pytest.mark.parametrize(
    ("tender", "code"),
    [
        (cash(PAYABLE, PAYABLE - 1), "given_too_little"),
        (cash(PAYABLE, 0), "given_too_little"),
        (cash(PAYABLE, PAYABLE) | {"kind": "card"}, "given_without_cash"),
        (cash(PAYABLE - 1, PAYABLE), "tenders_do_not_match"),
        (cash(PAYABLE, -1), "invalid_request"),
    ],
)
async def test_tenders_that_can_not_be_are_refused_and_nothing_is_recorded(
    shop: Shop, till: Till, tender: dict[str, Any], code: str
) -> None:
    before = shop.facts()
    assert (await till.post(SALES, sale(tenders=[tender]))).code == code
    assert shop.facts() == before
