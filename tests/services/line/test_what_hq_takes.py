"""Whatever a till may record, head office's rules take: nothing of an honest store is parked."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.domain.line.chain import Envelope
from agent.services.cash.close_shift import ClosingOrder, Closings
from agent.services.cash.shift import (
    CashOrder,
    DrawerOrder,
    ShiftOrder,
    move_cash,
    open_drawer,
    open_shift,
)
from agent.services.coupons.redeem import (
    RedemptionAnswer,
    RedemptionOrder,
    ReversalOrder,
    redeem,
    reverse,
)
from agent.services.desk.store_desk import StoreDesk
from agent.services.line.apply_changes import ChangeApplier
from agent.services.refunds.refund import Refund, RefundQuote, Refunds
from agent.services.selling.sell import Quote, Sale, SaleAnswer, quote, sell
from agent.store.line import journal
from sync.hq.intake.effects import effects_of
from sync.protocol.batch import Event
from tests.hq.journal import CLOSING_KEY
from tests.services.cash.money import POS, ticket
from tests.services.chain import BOUND, CHAIN_WIDE, COLA, COLA_ONLY, MEMBER, RICE, Chain

AT = {"till": "T1", "cashier": "C7", "approved_by": "S1"}
Body = dict[str, Any]

money = st.one_of(st.integers(0, 99), st.integers(0, 3_000_000))
pieces = st.one_of(st.integers(1, 3), st.just(9_999))
own = st.fixed_dictionaries(
    {"sku": st.sampled_from(["own", "我的"]), "quantity": pieces, "amount_fen": money}
)
known = st.fixed_dictionaries(
    {"sku": st.sampled_from([COLA, RICE]), "quantity": pieces},
    optional={"amount_fen": money, "weight_g": st.integers(1, 5_000)},
)
free = st.fixed_dictionaries({"sku": st.just("own"), "unit_price_fen": st.just(0)})
baskets = st.lists(st.one_of(own, known, free), min_size=1, max_size=5)
campaigns = st.sets(st.sampled_from([BOUND, CHAIN_WIDE, COLA_ONLY]), max_size=2)


@pytest.fixture(autouse=True)
async def feed(chain: Chain, desk: StoreDesk) -> None:
    await ChangeApplier(desk).apply(chain.page())


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lines=baskets,
    of=campaigns,
    member=st.sampled_from([None, MEMBER]),
    card_fen=money,
    over_fen=st.integers(0, 9_999),
    first=st.integers(0, 4),
    cash_fen=st.integers(-500, 500).filter(bool),
)
async def test_every_event_that_a_till_records_is_taken(
    desk: StoreDesk,
    chain: Chain,
    lines: list[Body],
    of: set[int],
    member: str | None,
    card_fen: int,
    over_fen: int,
    first: int,
    cash_fen: int,
) -> None:
    before = (await desk.database.read(journal.tip)).seq
    shift = await opened(desk)
    sale = await sold(desk, chain, lines, of, member, card_fen, over_fen)
    await given_back(desk, sale, [{"place": first % len(lines), "quantity": 1}])
    await given_back(desk, sale, None)
    await used_on_an_order(desk, chain)
    await closed(desk, shift, cash_fen)
    assert [parking for parking in await parkings(desk, before) if parking] == []


async def opened(desk: StoreDesk) -> str:
    order = msgspec.convert(_at(float_fen=10_000), ShiftOrder)
    answer = await open_shift(desk, order, ticket())
    shift_id: str = msgspec.json.decode(answer.body)["shift_id"]
    return shift_id


async def sold(
    desk: StoreDesk,
    chain: Chain,
    lines: Sequence[Body],
    of: set[int],
    member: str | None,
    card_fen: int,
    over_fen: int,
) -> SaleAnswer:
    """Sell with those of the coupons that are accepted, paid by card and in cash with change."""
    basket: Body = AT | {"lines": lines, "member_id": member}
    coupons: list[str] = []
    for campaign in sorted(of):
        wanted = [*coupons, chain.token(campaign, store="MB001" if campaign == BOUND else None)]
        told = await quote(desk, msgspec.convert(basket | {"coupons": wanted}, Quote))
        if all(one.outcome.is_accepted for one in told.coupons):
            coupons = wanted
    told = await quote(desk, msgspec.convert(basket | {"coupons": coupons}, Quote))
    card = min(card_fen, told.payable_fen)
    cash = told.payable_fen - card
    tenders = [
        {"kind": "card", "amount_fen": card},
        {"kind": "cash", "amount_fen": cash, "given_fen": cash + over_fen},
    ]
    order = msgspec.convert(basket | {"coupons": coupons, "tenders": tenders}, Sale)
    answer = msgspec.json.decode((await sell(desk, order, ticket())).body, type=SaleAnswer)
    assert answer.recorded
    return answer


async def given_back(desk: StoreDesk, sale: SaleAnswer, lines: list[Body] | None) -> None:
    """Give pieces back, or what is left; nothing if nothing is."""
    refunds = Refunds(supervisor_from_fen=0)
    if lines is None and sum(line.quantity for line in sale.lines) == 1:
        return
    sale_id = sale.sale_id or ""
    told = await refunds.quote(desk, sale_id, msgspec.convert({"lines": lines}, RefundQuote), POS)
    tenders = [{"kind": one.kind, "amount_fen": one.amount_fen} for one in told.tenders]
    order = AT | {"why": "退", "lines": lines, "tenders": tenders}
    answer = await refunds.refund(desk, sale_id, msgspec.convert(order, Refund), POS, ticket())
    assert msgspec.json.decode(answer.body)["recorded"]


async def used_on_an_order(desk: StoreDesk, chain: Chain) -> None:
    order = msgspec.convert(AT | {"code": chain.token(), "order_fen": 10_000}, RedemptionOrder)
    answer = await redeem(desk, order, ticket())
    used = msgspec.json.decode(answer.body, type=RedemptionAnswer)
    assert used.redeemed
    undo = msgspec.convert(_at(why="退"), ReversalOrder)
    await reverse(desk, used.verdict.redemption_id or "", undo, ticket())


async def closed(desk: StoreDesk, shift_id: str, cash_fen: int) -> None:
    """Move cash, open the drawer, count anything, and close."""
    cash = msgspec.convert(_at(amount_fen=cash_fen, why="零钱"), CashOrder)
    await move_cash(desk, shift_id, cash, ticket())
    drawer = msgspec.convert(AT | {"why": "看"}, DrawerOrder)
    await open_drawer(desk, shift_id, drawer, POS, ticket())
    count = msgspec.convert(_at(counted_fen=abs(cash_fen)), ClosingOrder)
    await Closings(CLOSING_KEY).close(desk, shift_id, count, ticket())


async def parkings(desk: StoreDesk, after: int) -> list[object]:
    """What HQ makes of each event past `after`."""
    lines = await desk.database.read(
        lambda db: [*journal.lines(db, desk.store, after_seq=after, max_events=500)]
    )
    assert len(lines) >= 8
    return [
        effects_of(Event(line, bytes(32), msgspec.json.decode(line, type=Envelope))).parking
        for line in lines
    ]


def _at(**fields: Any) -> Body:
    return {"till": "T1", "cashier": "C7"} | fields
