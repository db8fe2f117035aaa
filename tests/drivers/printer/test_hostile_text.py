"""Whatever a product is called, it prints as text: nothing steers a printer or opens a drawer."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.domain.printing.printout import Pair, Printout, Qr, Row, Text
from drivers.plain import plain
from drivers.printer.paper.font import Encoding
from drivers.virtual.printer_paper import PaperLine
from tests.drivers.printer.paper import Bench, printed, receipt_bytes

COMMANDS = (
    b"\x1b@", b"\x1bp\x00\x19\xfa", b"\x1dV\x00", b"\x1d(k\x03\x001Q0", b"\x1c&", b"\x1c.",
    b"\x10\x04\x01", b"\x10\x14\x01\x00\x05", b"\x1d!\x77", b"\x1dr\x01", b"\n", b"\x0c", b"\x7f",
)  # fmt: skip
steering = st.sampled_from([command.decode("latin-1") for command in COMMANDS])
hostile = st.lists(steering | st.text(st.characters(exclude_categories=())), max_size=8).map(
    "".join
)


def products(name: str) -> Printout:
    """The name wherever a name can stand."""
    return Printout(
        elements=(
            Text(text=name, bold=True, align="center"),
            Pair(left=name, right="12.80", large=True),
            Row(cells=(name, "1", "12.80"), shares=(5, 1, 2)),
            Qr(data=name, caption=name),
        ),
        watermark=name,
    )


@given(hostile, st.sampled_from(Encoding), st.sampled_from([32, 48]))
@example("牛奶" + "".join(command.decode("latin-1") for command in COMMANDS), Encoding.UTF8, 32)
def test_a_hostile_name_prints_as_harmless_text(
    name: str, encoding: Encoding, columns: int
) -> None:
    printed(receipt_bytes(products(name), encoding=encoding, columns=columns))


@given(hostile, st.sampled_from([Encoding.GB18030, Encoding.UTF8]))
def test_what_people_see_of_a_name_is_on_the_paper(name: str, encoding: Encoding) -> None:
    receipt = printed(receipt_bytes(Printout(elements=(Text(text=name),)), encoding=encoding))
    assert "".join(receipt.text.split()) == "".join(plain(name).split())
    for line in receipt.items:
        assert isinstance(line, PaperLine)
        assert (line.style.width, line.style.bold, line.style.align) == (1, False, "left")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_same_commands_sent_bare_do_steer(command: bytes) -> None:
    """The control: our printer would notice each of them."""
    before = b"\x1c&" if command == b"\x1c." else b""
    after = "合".encode("gb18030") + b"\n\x1dVB\x00"
    with_it, without_it = Bench(), Bench()
    with_it.feed(before + b"x" + command + after)
    without_it.feed(before + b"x" + after)
    assert seen(with_it) != seen(without_it)


def seen(bench: Bench) -> tuple[object, ...]:
    """All that a command can change."""
    items = [receipt.items for receipt in bench.receipts]
    return items, bench.paper, bench.at_once, bench.others
