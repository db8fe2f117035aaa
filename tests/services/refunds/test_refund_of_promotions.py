"""Parts of a sale with promotions go back by the sale's own record, and the cashier is told why
something is taken off before the money moves."""

from typing import Any

import msgspec
import pytest

from agent.domain.line.events import EventKind
from agent.domain.outcome import Sentence
from agent.domain.refunds.events import RefundedLine, SaleRefunded, TakenBack
from agent.domain.selling.events import SaleRecorded, Tender, TenderKind
from agent.services.desk.store_desk import StoreDesk
from agent.services.line.apply_changes import ChangeApplier
from agent.services.refunds.refund import RefundAnswer, RefundQuote, Refunds
from agent.services.refunds.refundable import refundable
from agent.services.selling.errors import TendersMismatchError
from tests.domain.promotions.random_cases import line
from tests.domain.promotions.shop import book_of, here
from tests.hq.journal import Journal
from tests.services.cash.money import POS, SUPERVISOR_FROM, last_body, refunded
from tests.services.chain import STORE, Chain
from tests.services.feed import page
from tests.services.line.test_past import told
from tests.services.refunds.promoted import promoted_sale, sold_by

FULL = {"id": "P1", "name": "满100减20"}
OFF = {"kind": "amount_off", "min_fen": 10_000, "off_fen": 2_000}
LINES = (line("a", 6_000), line("b", 4_000))


@pytest.fixture(autouse=True)
async def feed(chain: Chain, desk: StoreDesk) -> None:
    await ChangeApplier(desk).apply(chain.page())


async def sold(desk: StoreDesk, **more: Any) -> SaleRecorded:
    """60.00 and 40.00 for 80.00; this store's book holds no promotion."""
    return await sold_by(desk, book_of({**FULL, "effect": OFF, **more}), LINES)


async def quoted(desk: StoreDesk, sale_id: str, place: int) -> RefundAnswer:
    order = msgspec.convert({"lines": [{"place": place, "quantity": 1}]}, RefundQuote)
    return await Refunds(supervisor_from_fen=SUPERVISOR_FROM).quote(desk, sale_id, order, POS)


async def test_kept_each_piece_gives_back_its_share_by_the_sale_s_own_record(
    desk: StoreDesk,
) -> None:
    sale = await sold(desk)
    quote = await quoted(desk, sale.sale_id, 1)
    assert (quote.refunded_fen, quote.taken) == (3_200, ())
    await refunded(desk, sale.sale_id, 3_200, (1, 1))
    assert (await refunded(desk, sale.sale_id, 4_800)).refunded_fen == 4_800


async def test_recalculated_the_quote_says_what_is_taken_off_and_why(desk: StoreDesk) -> None:
    sale = await sold(desk, partial_return="recalculate")

    quote = await quoted(desk, sale.sale_id, 1)

    assert [one.amount_fen for one in quote.lines] == [3_200]
    (taken,) = quote.taken
    assert (taken.promotion, taken.name, taken.fen) == ("P1", "满100减20", 1_200)
    assert taken.sentence == Sentence(
        "满100减20：留下的商品不再满足条件，扣回 ¥12.00。",
        "满100减20: what is kept no longer earns it, ¥12.00 is taken off.",
    )
    assert (quote.refunded_fen, quote.claim_fen) == (2_000, 0)
    assert sum(tender.amount_fen for tender in quote.tenders) == 2_000


async def test_the_money_that_goes_back_is_that_of_the_quote_and_no_other(desk: StoreDesk) -> None:
    sale = await sold(desk, partial_return="recalculate")
    with pytest.raises(TendersMismatchError):
        await refunded(desk, sale.sale_id, 3_200, (1, 1))

    told = await refunded(desk, sale.sale_id, 2_000, (1, 1))

    assert (told.recorded, told.refunded_fen) == (True, 2_000)
    body = await last_body(desk)
    assert body["taken"] == [{"promotion": "P1", "name": "满100减20", "fen": 1_200}]
    assert "claim_fen" not in body


async def test_what_was_taken_off_goes_back_with_the_rest(desk: StoreDesk) -> None:
    sale = await sold(desk, partial_return="recalculate")
    await refunded(desk, sale.sale_id, 2_000, (1, 1))
    assert (await refundable(desk, sale.sale_id)).refundable_fen == 6_000

    rest = await refunded(desk, sale.sale_id, 6_000)

    assert rest.taken[0].fen == -1_200
    assert rest.taken[0].sentence.en == (
        "满100减20: ¥12.00 that was taken off before is given back."
    )


async def test_a_refund_that_comes_to_nothing_says_what_is_still_to_be_taken(
    desk: StoreDesk,
) -> None:
    deep = {**OFF, "off_fen": 9_000}
    sale = await sold(desk, effect=deep, partial_return="recalculate")

    told = await refunded(desk, sale.sale_id, 0, (1, 1))

    assert (told.recorded, told.refunded_fen, told.claim_fen) == (True, 0, 5_000)
    assert (await last_body(desk))["claim_fen"] == 5_000
    assert (await refunded(desk, sale.sale_id, 1_000)).refunded_fen == 1_000, "all that was paid"


async def test_a_pc_that_was_replaced_goes_on_by_the_record_of_the_old_one(desk: StoreDesk) -> None:
    """Head office tells the sale, and a refund of a part of it that took something off."""
    book = book_of({**FULL, "effect": OFF, "partial_return": "recalculate"})
    journal = Journal(STORE)
    sale = promoted_sale(book, LINES, here(), "s1")
    journal.append(EventKind.SALE_RECORDED, msgspec.to_builtins(sale), at=desk.time.now())
    refund = SaleRefunded(
        refund_id="r1",
        sale_id="s1",
        receipt_no=2,
        lines=(RefundedLine(place=1, sku="b", quantity=1, amount_fen=3_200),),
        tenders=(Tender(kind=TenderKind.CASH, amount_fen=2_000),),
        refunded_fen=2_000,
        points_back=0,
        freed=(),
        why="w",
        taken=(TakenBack(promotion="P1", name="满100减20", fen=1_200),),
    )
    journal.append(EventKind.SALE_REFUNDED, msgspec.to_builtins(refund), at=desk.time.now())
    await ChangeApplier(desk).apply(page(*told(journal)))

    rest = await refunded(desk, "s1", 6_000)

    assert (rest.refunded_fen, rest.taken[0].fen) == (6_000, -1_200)
