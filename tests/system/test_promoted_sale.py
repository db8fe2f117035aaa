"""A sale by the chain's price book, over HTTP: reckoned, given by hand, rounded, printed, counted
and given back in parts, until nothing is left and all that was paid went back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio

from agent.base.clock import SystemClock
from agent.domain.promotions.promotion import Promotion
from agent.domain.selling.events import SaleRecorded
from drivers.virtual.ports import TcpPort
from drivers.virtual.printer_device import VirtualPrinter
from sync.hq.promotions.taking import Wanted, take_over
from sync.hq.selling.articles import put_articles
from sync.protocol.changes import ArticleChange
from tests.api.till import QUOTES, SALES, SHIFTS, Till, cash
from tests.drivers.test_second_opinion import decoded, texts
from tests.lab.books import is_drained
from tests.lab.chain import Chain
from tests.lab.ports import LOOPBACK, free_port
from tests.lab.store_site import StoreSite
from tests.lab.until import until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("promoted sale")]

STORE = "MB001"
TOLD_S = 30.0
COLUMNS = 32
NOW = datetime(2026, 12, 1)  # noqa: DTZ001  # local time of the stores

ARTICLES = (
    ArticleChange(sku="RICE", name="大米", price_fen=6_000, tax_bp=900),
    ArticleChange(sku="TEA", name="茶叶", price_fen=4_003, tax_bp=1_300),
    ArticleChange(sku="COLA", name="可乐", price_fen=350, categories=("饮料",), brand="可口可乐"),
)
FULL = {
    "id": "P1",
    "name": "满100减20",
    "effect": {"kind": "amount_off", "min_fen": 10_000, "off_fen": 2_000},
    "partial_return": "recalculate",
}
HALF = {
    "id": "P5",
    "name": "第二件半价",
    "effect": {"kind": "nth_piece", "n": 2, "pay_bp": 5_000},
    "scope": {"categories": ["饮料"]},
}
RULES = {"round_down_to_fen": 10, "by_hand": {"supervisor_above_bp": 1_000}}
LINES = [
    {"sku": "RICE", "quantity": 1},
    {"sku": "TEA", "quantity": 1},
    {"sku": "COLA", "quantity": 2},
]
DENTED = {"kind": "off", "fen": 300, "reason": "破损", "line": 1}
PAID = 8_220
"""60.00 + 40.03 + 7.00, less 1.75, 20.00, 3.00 by hand, and 0.08 rounded down."""


class Tee:
    """Bytes on their way to a printer."""

    def __init__(self, to_port: int) -> None:
        self._to = to_port
        self.bytes = b""

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection, both ways."""
        from_printer, to_printer = await asyncio.open_connection(LOOPBACK, self._to)
        try:
            await asyncio.gather(
                self._copy(reader, to_printer, keep=True), self._copy(from_printer, writer)
            )
        except ConnectionError:
            pass
        finally:
            to_printer.close()
            writer.close()

    async def _copy(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, keep: bool = False
    ) -> None:
        while data := await reader.read(65_536):
            self.bytes += data if keep else b""
            writer.write(data)
            await writer.drain()
        writer.write_eof()


class Shop:
    """A store whose chain has a price book, with a printer."""

    def __init__(self, chain: Chain, site: StoreSite, till: Till, tee: Tee) -> None:
        self.chain = chain
        self.site = site
        self.till = till
        self.tee = tee

    async def tell(self, *promotions: dict[str, Any]) -> None:
        """Have head office take promotions over, and the store hear of them."""
        wanted = Wanted(
            files=("book.json",),
            promotions=msgspec.convert(promotions, tuple[Promotion, ...]),
            rules=RULES,
        )
        async with self.chain.hq.connection() as connection:
            await take_over(connection, wanted, now=SystemClock().wall(), at=NOW)
            versions = await connection.fetch("SELECT promotion, version FROM promotion")
        newest = {row["promotion"]: row["version"] for row in versions}
        await until("told", partial(self._has, newest), timeout_s=TOLD_S)

    async def _has(self, newest: dict[str, int]) -> bool:
        with self.site.database() as db:
            bodies = [row[0] for row in db.execute("SELECT body FROM promotion")]
        held = [msgspec.json.decode(body) for body in bodies]
        return {one["promotion"]["id"]: one["version"] for one in held} == newest

    async def printed(self, begun: int, word: str) -> list[str]:
        """The lines, by a decoder that we did not write, of all that was printed since `begun`."""

        async def is_there() -> bool:
            return word.encode("gb18030") in self.tee.bytes[begun:]

        await until(f"printed {word}", is_there, timeout_s=TOLD_S)
        return texts(decoded(self.tee.bytes[begun:])).split("\n")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    async with AsyncExitStack() as stack:
        printer = VirtualPrinter(columns=COLUMNS, clock=SystemClock())
        port, front = free_port(), free_port()
        await stack.enter_async_context(printer.running(TcpPort(printer, host=LOOPBACK, port=port)))
        tee = Tee(port)
        await stack.enter_async_context(await asyncio.start_server(tee.carry, LOOPBACK, front))
        settings = f'[printer]\naddress = "tcp://{LOOPBACK}:{front}"\ncolumns = {COLUMNS}\n'
        directory: Path = tmp_path_factory.mktemp("chain")
        chain = Chain(stores=[STORE], directory=directory, settings={STORE: settings})
        await stack.enter_async_context(chain)
        async with chain.hq.connection() as connection:
            await put_articles(connection, ARTICLES)
        site = chain.stores[STORE]
        session = await stack.enter_async_context(aiohttp.ClientSession())
        shop = Shop(chain, site, Till(session, site.place.port, site.api_key()), tee)
        await shop.tell(FULL, HALF)
        yield shop


def order(**more: Any) -> dict[str, Any]:
    return {"till": "T1", "cashier": "C7", "lines": LINES, "by_hand": [DENTED]} | more


def row(left: str, right: str) -> str:
    """A line of the paper: a label, and a figure at its right edge."""
    wide = sum(1 if char.isascii() else 2 for char in left + right)
    return left + " " * (COLUMNS - wide) + right


def by_people(report: dict[str, Any]) -> tuple[int, int, int]:
    """What a report says of discounts by hand and of rounding."""
    return report["by_hand_count"], report["by_hand_fen"], report["rounding_fen"]


async def given_back(shop: Shop, sale_id: str, *lines: tuple[int, int]) -> dict[str, Any]:
    """Give (place, quantity)… back as the quote says; none: all that is left."""
    url = f"{SALES}/{sale_id}"
    wanted = [{"place": place, "quantity": quantity} for place, quantity in lines]
    quote = (await shop.till.post(f"{url}/refund-quotes", {"lines": wanted or None}, key=None)).json
    refund = {
        "till": "T1",
        "cashier": "C7",
        "why": "退",
        "approved_by": "S1",
        "tenders": quote["tenders"],
        "lines": wanted or None,
        "print": True,
    }
    told = await shop.till.post(f"{url}/refunds", refund)
    assert told.status == 201
    assert told.json["taken"] == quote["taken"]
    assert told.json["refunded_fen"] == quote["refunded_fen"]
    return dict(told.json)


async def test_a_promoted_sale_is_printed_counted_and_given_back_to_the_fen(shop: Shop) -> None:
    opened = await shop.till.post(SHIFTS, {"till": "T1", "cashier": "C7", "float_fen": 0})
    shift = f"{SHIFTS}/{opened.json['shift_id']}"
    begun = len(shop.tee.bytes)

    sold = await shop.till.post(SALES, order(tenders=cash(PAID), print=True))

    assert sold.status == 201, sold.body
    assert sold.json["payable_fen"] == PAID
    receipt = await shop.printed(begun, "其中增值税 13%")
    expected = (
        ("  优惠 第二件半价", "-1.75"),
        ("  手工优惠 破损", "-3.00"),
        ("小计 共3项", "102.28"),
        ("优惠 满100减20", "-20.00"),
        ("抹零", "-0.08"),
        ("已优惠", "24.83"),
    )
    assert [row(*one) for one in expected if row(*one) not in receipt] == []

    assert by_people((await shop.till.get(f"{shift}/report")).json["report"]) == (1, 300, 8)

    # Head office changes the rule, and later the promotion: the sale keeps what it was sold by.
    await shop.tell({**FULL, "partial_return": "keep"}, HALF)
    sale_id, begun = sold.json["sale_id"], len(shop.tee.bytes)
    first = await given_back(shop, sale_id, (1, 1))
    [taken] = first["taken"]
    assert (taken["promotion"], taken["fen"]) == ("P1", 1_240)
    assert taken["sentence"]["zh-CN"] == "满100减20：留下的商品不再满足条件，扣回 ¥12.40。"
    paper = await shop.printed(begun, "退款合计")
    assert row("扣回 满100减20", "12.40") in paper

    rest = await given_back(shop, sale_id, (2, 1)), await given_back(shop, sale_id)
    assert first["refunded_fen"] + sum(one["refunded_fen"] for one in rest) == PAID
    assert sum(one["fen"] for refund in (first, *rest) for one in refund["taken"]) == 0

    counted = {"till": "T1", "cashier": "C7", "counted_fen": 0}
    closing = await shop.till.post(f"{shift}/closing", counted)
    assert by_people(closing.json["report"]) == (1, 300, 8)
    assert closing.json["report"]["difference_fen"] == 0

    await until("drained", partial(is_drained, shop.site), timeout_s=TOLD_S)
    async with shop.chain.hq.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM parked") == 0
        assert await connection.fetchval("SELECT sum(refunded_fen) FROM refund") == PAID
        assert await connection.fetchval("SELECT difference_fen FROM closing") == 0


async def test_more_by_hand_than_the_book_allows_waits_for_a_supervisor_who_sees_what_it_is(
    shop: Shop,
) -> None:
    much = {**DENTED, "fen": 900}
    asked = await shop.till.post(SALES, order(by_hand=[much], tenders=cash(7_620)))
    assert (asked.status, asked.json["recorded"]) == (200, False)
    [verdict] = asked.json["by_hand"]
    assert verdict["outcome"] == "needs_supervisor"
    assert verdict["sentence"]["zh-CN"] == (
        "茶叶 手工优惠 ¥9.00（破损）超过收银员权限，请主管批准。"
    )

    approved = order(by_hand=[much], approved_by="S1", tenders=cash(7_620))
    sold = await shop.till.post(SALES, approved)
    assert sold.status == 201
    with shop.site.database() as db:
        [body] = db.execute("SELECT body FROM journal WHERE seq = ?", (sold.json["seq"],))
    told = msgspec.json.decode(body[0], type=SaleRecorded).priced
    assert told
    assert told.approved_by == "S1"
    assert [(one.fen, one.reason) for one in told.by_hand] == [(900, "破损")]


async def test_the_quote_nudges_the_customer_to_the_nearest_promotion(shop: Shop) -> None:
    lines = [{"sku": "RICE", "quantity": 1}]
    nudge = {"zh-CN": "再买 ¥40 可减 ¥20", "en": "¥40 more and ¥20 are taken off"}
    quoted = await shop.till.post(QUOTES, order(lines=lines, by_hand=[]), key=None)
    assert quoted.json["nudge"] == nudge
    basket = {"cashier": "C7", "lines": LINES[:1]}
    path = "/api/v1/tills/T1/basket"
    kept = await shop.till.post(path, basket, key=None, method="PUT")
    assert kept.json["priced"]["nudge"] == nudge
    assert kept.json["priced"]["nudge_short"]["zh-CN"] == "再买40减20元"
