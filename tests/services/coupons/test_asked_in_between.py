"""While head office is asked for a coupon, other tills go on; the journal's times never go back."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

import msgspec

from agent.base.clock import SECOND_MS
from agent.domain.line.chain import Envelope
from agent.domain.selling.events import Tender, TenderKind
from agent.services.coupons.redeem import RedemptionOrder, redeem
from agent.services.desk.claims import NOT_ASKED, Asked
from agent.services.desk.once import Ticket
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import LineOrder
from agent.services.line.apply_changes import ChangeApplier
from agent.services.selling.sell import Sale, sell
from agent.store.line import journal
from tests.services.chain import CHAIN_WIDE, COLA, COLA_FEN, Chain
from tests.services.stopped_clock import StoppedClock


class SlowWord:
    """Head office does not answer in time; another till sells meanwhile."""

    possible = True

    def __init__(self, desk: StoreDesk, clock: StoppedClock) -> None:
        self._desk = desk
        self._clock = clock

    async def ask(self, coupon_ids: Sequence[str]) -> Asked:
        self._clock.advance(SECOND_MS)
        await sell(self._desk, sale("T2"), ticket())
        return NOT_ASKED

    def end(self, coupon_ids: Sequence[str], *, taken: bool) -> None:
        """Nothing was claimed."""


def ticket() -> Ticket:
    return Ticket(client="pos", key=uuid4().hex, request_hash=b"")


def sale(till: str, *coupons: str) -> Sale:
    paid = COLA_FEN * 40 - (2_000 if coupons else 0)
    return Sale(
        till=till,
        cashier="C1",
        lines=(LineOrder(sku=COLA, quantity=40),),
        coupons=coupons,
        tenders=(Tender(kind=TenderKind.CASH, amount_fen=paid),),
    )


async def times(desk: StoreDesk) -> list[int]:
    lines = await desk.database.read(
        lambda db: list(journal.lines(db, desk.store, after_seq=0, max_events=10))
    )
    return [msgspec.json.decode(line, type=Envelope).occurred_at for line in lines]


async def test_a_coupon_that_head_office_was_asked_for_is_not_older_than_what_came_meanwhile(
    chain: Chain, desk: StoreDesk, clock: StoppedClock
) -> None:
    await ChangeApplier(desk).apply(chain.page())
    asking = replace(desk, claims=SlowWord(desk, clock))
    code = chain.token(CHAIN_WIDE, store=None)
    order = RedemptionOrder(till="T1", cashier="C1", code=code, order_fen=12_000)
    assert (await redeem(asking, order, ticket())).status == 201
    told = await times(desk)
    assert len(told) == 2
    assert told == sorted(told)


async def test_nor_is_a_sale_with_such_a_coupon(
    chain: Chain, desk: StoreDesk, clock: StoppedClock
) -> None:
    await ChangeApplier(desk).apply(chain.page())
    asking = replace(desk, claims=SlowWord(desk, clock))
    answer = await sell(asking, sale("T1", chain.token(CHAIN_WIDE, store=None)), ticket())
    assert answer.status == 201, answer.body
    told = await times(desk)
    assert len(told) == 2
    assert told == sorted(told)
