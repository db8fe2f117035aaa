"""Printouts to print, and the virtual printer's paper without its wires."""

from agent.base.clock import Millis
from agent.domain.printing.printout import Feed, Pair, Printout, Qr, Row, Rule, Text
from drivers.printer.paper.encode import encode
from drivers.printer.paper.font import Encoding
from drivers.printer.paper.layout import lay_out
from drivers.printer.paper.qr_code import QrWay
from drivers.virtual.printer_bytes import Command, RealTime, Tokenizer
from drivers.virtual.printer_paper import Paper, Receipt

_NOW = Millis(0)
TOKEN = "HQ1" + "MFRGGZDFMZTWQ2LK" * 12
RECEIPT = Printout(
    elements=(
        Text(text="星河超市", align="center", bold=True, large=True),
        Pair(left="小票号", right="T1-000123"),
        Rule(),
        Row(cells=("品名", "数量", "金额"), shares=(5, 1, 2)),
        Row(cells=("纯牛奶 250ml", "2", "￥12.80"), shares=(5, 1, 2)),
        Row(cells=("新疆阿克苏冰糖心苹果礼盒装十二枚", "1", "￥128.00"), shares=(5, 1, 2)),
        Rule(double=True),
        Pair(left="合计", right="￥140.80", bold=True, large=True),
        Feed(lines=2),
        Text(text="龘😀 谢谢惠顾 Thank you"),
        Qr(data=TOKEN, caption="扫码领券"),
    )
)
"""A receipt with everything that a receipt can have."""


def receipt_bytes(
    printout: Printout = RECEIPT,
    *,
    encoding: Encoding = Encoding.GB18030,
    columns: int = 48,
    qr: QrWay = QrWay.NATIVE,
) -> bytes:
    """What is sent to print it."""
    laid = lay_out(printout, columns, encoding)
    return b"".join(encode(laid, encoding=encoding, columns=columns, qr=qr))


class Bench:
    """A print head and paper on the workbench; `feed` it bytes, however they are split."""

    def __init__(self) -> None:
        self.paper = Paper()
        self.at_once: list[bytes] = []
        """Commands that a printer obeys wherever they stand."""
        self.others: list[str] = []
        """Names of the commands that do not set anything on the paper."""
        self.receipts: list[Receipt] = []
        self.kicks: list[int] = []
        """Pins of the drawer's pulses."""
        self._real_time = RealTime()
        self._tokenizer = Tokenizer()

    def feed(self, data: bytes) -> None:
        """Take in bytes."""
        at_once, rest = self._real_time.feed(data)
        self.at_once += at_once
        for token in self._tokenizer.feed(rest):
            if isinstance(token, Command) and token.name in {"ESC p", "GS r", "GS V"}:
                self._finish(token)
            else:
                self.paper.put(token)

    def _finish(self, command: Command) -> None:
        self.others.append(command.name)
        if command.name == "ESC p":
            self.kicks.append(5 if command.params[0] & 1 else 2)
        receipt = self.paper.take(len(self.receipts) + 1, _NOW, cut=True)
        if command.name == "GS V" and receipt:
            self.receipts.append(receipt)


def printed(data: bytes) -> Receipt:
    """The one receipt that the bytes print; every byte of them is known and none opens a drawer."""
    bench = Bench()
    bench.feed(data)
    assert (bench.paper.unknown, bench.at_once, bench.others) == ([], [], ["GS V"])
    (receipt,) = bench.receipts
    return receipt
