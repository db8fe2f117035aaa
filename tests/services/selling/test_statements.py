"""A sale's place in the writer is short: so many statements, however large store and catalogue."""

from itertools import groupby

import msgspec

from agent.services.desk.once import Ticket
from agent.services.desk.store_desk import StoreDesk
from agent.services.line.apply_changes import ChangeApplier
from agent.services.selling.sell import Sale, sell
from tests.services.chain import COLA, COLA_FEN, RICE, RICE_FEN, Chain

STATEMENTS = 8
"""Asked: the first answer, how the coupon stands, the receipt's number. Written: event, sale,
stock, redemption and answer."""


async def test_a_sale_of_five_lines_and_a_coupon_takes_eight_statements(
    chain: Chain, desk: StoreDesk
) -> None:
    await ChangeApplier(desk).apply(chain.page())
    statements: list[str] = []
    await buy(chain, desk, "first of all")
    await desk.database.write(lambda db: db.set_trace_callback(statements.append))
    await buy(chain, desk, "counted")
    await desk.database.write(lambda db: db.set_trace_callback(None))
    begin, end = statements.index("SAVEPOINT job"), statements.index("RELEASE job", 1)
    told_again = groupby(statements[begin + 1 : end])  # by each statement of a trigger
    assert len(list(told_again)) == STATEMENTS, statements


async def buy(chain: Chain, desk: StoreDesk, key: str) -> None:
    free = [{"sku": f"POS-{n}", "quantity": 1, "unit_price_fen": 1_000} for n in range(3)]
    order = {
        "till": "T1",
        "cashier": "1001",
        "lines": [{"sku": COLA}, {"sku": RICE, "quantity": 2}, *free],
        "coupons": [chain.token()],
        "tenders": [{"kind": "cash", "amount_fen": COLA_FEN + 2 * RICE_FEN + 3_000 - 2_000}],
    }
    ticket = Ticket(client="c", key=key, request_hash=b"")
    assert (await sell(desk, msgspec.convert(order, Sale), ticket)).status == 201
