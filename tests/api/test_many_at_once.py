"""Sales, refunds and changes of shift at once, each asked for twice: the books come out even."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from random import Random
from typing import Any

import pytest

from agent.domain.cash.closing import is_signed
from agent.domain.cash.events import CashMoved, ShiftClosed, ShiftOpened
from agent.domain.line.event_body import decode_body
from agent.domain.line.events import EventBody
from agent.domain.refunds.events import SaleRefunded
from agent.domain.selling.events import SaleRecorded, Tender, TenderKind
from agent.state_dir import DATABASE_FILE
from agent.store.sqlite import connect
from tests.api.conftest import Shop
from tests.api.till import BACK, SALES, SHIFTS, Answer, Till, sale
from tests.services.chain import MEMBER

SALES_OF_ONE, SELLERS, REFUNDERS, TRIES = 10, 3, 2, 4
TOTAL, OFF = 12_680, 2_000
HERE = {"till": "T1", "cashier": "C7"}
REFUSALS = ("pieces_not_left", "nothing_left_to_refund", "tenders_do_not_match")
"""What another refund of the same sale, just before, brings about."""


class Crowd:
    """Callers that work at one till as fast as they can."""

    def __init__(self, till: Till, coupons: list[str], seed: int) -> None:
        self._till = till
        self._coupons = coupons
        self._random = Random(seed)
        self._sold: asyncio.Queue[str | None] = asyncio.Queue()
        self._selling = SELLERS

    async def work(self) -> None:
        sellers = (self._sell() for _ in range(SELLERS))
        refunders = (self._refund() for _ in range(REFUNDERS))
        await asyncio.gather(*sellers, *refunders, self._change_shifts())

    async def _sell(self) -> None:
        for _ in range(SALES_OF_ONE):
            codes = [self._random.choice(self._coupons)] if self._random.random() < 0.4 else []
            pay = TOTAL - OFF * len(codes)
            kind = self._random.choice(["cash", "card"])
            tenders = [{"kind": kind, "amount_fen": pay}]
            told = await self._twice(SALES, sale(*codes, tenders=tenders, member_id=MEMBER))
            if told.json["recorded"]:
                for _ in range(TRIES):
                    self._sold.put_nowait(told.json["sale_id"])
        self._selling -= 1
        if not self._selling:
            for _ in range(REFUNDERS):
                self._sold.put_nowait(None)

    async def _refund(self) -> None:
        while sale_id := await self._sold.get():
            path = f"{SALES}/{sale_id}"
            left = (await self._till.get(f"{path}/refundable")).json["lines"]
            pieces = [one | {"left": self._random.randint(0, one["left"])} for one in left]
            wanted = self._random.choice([left, pieces])
            lines = [
                {"place": one["place"], "quantity": one["left"]} for one in wanted if one["left"]
            ]
            quote = await self._till.post(f"{path}/refund-quotes", {"lines": lines}, key=None)
            if quote.status == 200:
                order = BACK | {"lines": lines, "approved_by": "S1"}
                order |= {"tenders": quote.json["tenders"]}
                done = await self._twice(f"{path}/refunds", order)
                assert done.status == 201 or done.code in REFUSALS

    async def _change_shifts(self) -> None:
        while self._selling:
            opened = await self._twice(SHIFTS, HERE | {"float_fen": 1_000})
            shift = f"{SHIFTS}/{opened.json['shift_id']}"
            moved = HERE | {"amount_fen": self._random.choice([-500, 700]), "why": "换零钱"}
            assert (await self._twice(f"{shift}/cash", moved)).status == 201
            closed = await self._twice(f"{shift}/closing", HERE | {"counted_fen": 5})
            assert closed.status == 201

    async def _twice(self, path: str, order: Any) -> Answer:
        """Ask for the same twice at once; what is answered is answered to both, unless one came too
        early. A refusal is no answer: the other one is tried anew."""
        key = f"{self._random.getrandbits(64):x}"
        asked = (self._till.post(path, order, key=key) for _ in range(2))
        answers = await asyncio.gather(*asked)
        answered = [answer for answer in answers if answer.status < 400]
        assert len({answer.body for answer in answered}) <= 1
        refused = [answer for answer in answers if answer not in answered]
        return (answered or [one for one in refused if one.code != "still_running"])[0]


@pytest.mark.parametrize("seed", range(3))
async def test_the_books_come_out_even(shop: Shop, till: Till, seed: int) -> None:
    coupons = [shop.chain.token() for _ in range(8)]
    await Crowd(till, coupons, seed).work()
    events = list(_events(shop))
    assert {type(body) for _, body in events} == {
        SaleRecorded,
        SaleRefunded,
        ShiftOpened,
        CashMoved,
        ShiftClosed,
    }
    _receipts_have_no_gap(events)
    _each_z_report_tells_what_stands_between_its_events(events)
    _no_more_comes_back_than_was_sold(events)


def _events(shop: Shop) -> Iterator[tuple[int, EventBody]]:
    with closing(connect(str(shop.state_dir / DATABASE_FILE))) as db:
        for seq, kind, line in db.execute("SELECT seq, kind, body FROM journal ORDER BY seq"):
            body = decode_body(kind, line)
            assert body is not None
            yield seq, body


def _receipts_have_no_gap(events: list[tuple[int, EventBody]]) -> None:
    numbers = [
        body.receipt_no for _, body in events if isinstance(body, SaleRecorded | SaleRefunded)
    ]
    assert numbers == list(range(1, len(numbers) + 1))


def _each_z_report_tells_what_stands_between_its_events(
    events: list[tuple[int, EventBody]],
) -> None:
    begun, sold, back, cash = 0, 0, 0, 0
    for seq, body in events:
        match body:
            case ShiftOpened():
                begun, sold, back, cash = seq, 0, 0, body.float_fen
            case SaleRecorded():
                sold += body.payable_fen
                cash += _cash(body.tenders)
            case SaleRefunded():
                back += body.refunded_fen
                cash -= _cash(body.tenders)
            case CashMoved():
                cash += body.amount_fen
            case ShiftClosed(report=report):
                assert is_signed(body)
                assert (report.from_seq, report.through_seq) == (begun, seq - 1)
                assert (report.sales_fen, report.refunds_fen) == (sold, back)
                assert report.expected_cash_fen == cash


def _no_more_comes_back_than_was_sold(events: list[tuple[int, EventBody]]) -> None:
    paid: Counter[str] = Counter()
    pieces: Counter[tuple[str, int]] = Counter()
    freed: list[str] = []
    for _, body in events:
        if isinstance(body, SaleRecorded):
            paid[body.sale_id] = body.payable_fen
            pieces.update({(body.sale_id, at): line.quantity for at, line in enumerate(body.lines)})
        elif isinstance(body, SaleRefunded):
            paid[body.sale_id] -= body.refunded_fen
            pieces.subtract({(body.sale_id, line.place): line.quantity for line in body.lines})
            freed += [coupon.redemption_id for coupon in body.uses_back]
    assert min(paid.values()) >= 0
    assert min(pieces.values()) >= 0
    for sale_id, left_fen in paid.items():
        is_left = any(left for (of, _), left in pieces.items() if of == sale_id)
        assert is_left or left_fen == 0
    assert len(set(freed)) == len(freed)


def _cash(tenders: tuple[Tender, ...]) -> int:
    return sum(tender.amount_fen for tender in tenders if tender.kind is TenderKind.CASH)
