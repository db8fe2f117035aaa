"""A receipt: from the recorded sale to the bytes that its printer gets."""

from collections.abc import Callable, Sequence
from time import perf_counter
from zoneinfo import ZoneInfo

from escpos.printer import Dummy

from agent.base.clock import Millis
from agent.domain.basket import Line, total
from agent.domain.printing.letterhead import Issue, Letterhead
from agent.domain.printing.sale import BuyingMember, SoldPaper, sale_receipt
from agent.domain.selling.events import SaleRecorded, Tender, TenderKind
from drivers.printer.paper.encode import encode
from drivers.printer.paper.font import Encoding
from drivers.printer.paper.layout import lay_out
from tests.bench.metric import Metric, interleave
from tests.bench.workshop import Workshop

COLUMNS = 48
LINES = 30
TIMES = 50
"""Receipts of one repetition."""
_NAMES = ("东北大米 5kg", "Coca-Cola 330ml", "酿造酱油 500ml", "花生油 1.8L", "纯牛奶 250ml")


def measure(workshop: Workshop) -> list[Metric]:
    """A receipt of 30 lines with a QR code, beside python-escpos alone with the same lines."""
    letterhead, sold = _letterhead(), _sold()
    texts = _build(letterhead, sold)
    floors, products = interleave(
        workshop.repetitions,
        lambda: _ms_each(lambda: _floor(texts)),
        lambda: _ms_each(lambda: _build(letterhead, sold)),
    )
    return [Metric.of("receipt_built_ms", "ms", products, floors)]


def _ms_each(build: Callable[[], object]) -> float:
    start = perf_counter()
    for _ in range(TIMES):
        build()
    return (perf_counter() - start) / TIMES * 1000


def _build(letterhead: Letterhead, sold: SoldPaper) -> Sequence[bytes]:
    printout = sale_receipt(letterhead, sold)
    return encode(lay_out(printout, COLUMNS), encoding=Encoding.GB18030, columns=COLUMNS)


def _floor(pieces: Sequence[bytes]) -> bytes:
    """What the library needs for the same bytes, a QR code and a cut."""
    printer = Dummy()
    for piece in pieces:
        printer._raw(piece)
    printer.qr("https://receipts.example/MB001-T1-000123", native=True, size=6)
    printer.cut()
    return bytes(printer.output)


def _letterhead() -> Letterhead:
    return Letterhead(
        store="MB001",
        name="朝阳店",
        zone=ZoneInfo("Asia/Shanghai"),
        e_receipt_url="https://receipts.example/{receipt}",
    )


def _sold() -> SoldPaper:
    lines = tuple(
        Line(
            sku=f"A{n}",
            name=_NAMES[n % len(_NAMES)],
            quantity=2,
            unit_price_fen=980 + n,
            amount_fen=2 * (980 + n),
        )
        for n in range(LINES)
    )
    sum_fen = total(lines)
    sale = SaleRecorded(
        sale_id="0199aaaa-0000-7000-8000-000000000001",
        receipt_no=123,
        lines=lines,
        redemptions=(),
        tenders=(Tender(kind=TenderKind.WECHAT, amount_fen=sum_fen),),
        total_fen=sum_fen,
        discount_fen=0,
        payable_fen=sum_fen,
        points_earned=sum_fen // 100,
        member_id="a" * 24,
    )
    return SoldPaper(
        sale=sale,
        issue=Issue(
            number="MB001-T1-000123", till="T1", cashier="1001", at=Millis(1_770_000_000_000)
        ),
        campaigns={},
        member=BuyingMember(phone_masked="138****5678", points=2_257),
    )
