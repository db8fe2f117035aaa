"""./run demo: head office and three stores on this machine, until Ctrl-C."""

import argparse
import asyncio
import signal
import socket
import sys
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from uuid import uuid4

from rich.console import Console
from rich.table import Table

from tests.lab import books
from tests.lab.chain import Chain, ChainPorts
from tests.lab.demo import supply
from tests.lab.demo.buttons import DeskButtons
from tests.lab.demo.controls import pressed
from tests.lab.demo.desk import make_desk, serving
from tests.lab.demo.directory import DemoDirectory, DemoError
from tests.lab.demo.panel import FIRST, Example, panel, shown
from tests.lab.discount import discount
from tests.lab.line import LineCut
from tests.lab.ports import LOOPBACK
from tests.lab.postgres import PostgresStartError
from tests.lab.service import ServiceStartError
from tests.lab.till_devices import TillDevices
from tests.lab.until import NotInTimeError, until

EXIT_FAILED = 1
DEFAULT_DIR = Path(".state/demo")
DEFAULT_PORT_BASE = 8770
HQ_OFFSET = 10
POSTGRES_OFFSET = 11
DESK_OFFSET = 12
PRINTER_OFFSET = 13
PRINTER_PAGE_OFFSET = 14
LAST_OFFSET = PRINTER_PAGE_OFFSET
MIN_PORT, MAX_PORT = 1_024, 65_535
SUPPLY_TIMEOUT_S = 60.0
BOUND_PROMOTION, CHAIN_PROMOTION = "P1", "P4"
EXAMPLE_SKUS = {"A001", "A005"}

_EPILOG = f"""\
ports: agents {DEFAULT_PORT_BASE + 1} to {DEFAULT_PORT_BASE + 3}, head office \
{DEFAULT_PORT_BASE + HQ_OFFSET}, its PostgreSQL {DEFAULT_PORT_BASE + POSTGRES_OFFSET}, desk \
{DEFAULT_PORT_BASE + DESK_OFFSET}, receipt printer {DEFAULT_PORT_BASE + PRINTER_OFFSET} and its \
page {DEFAULT_PORT_BASE + PRINTER_PAGE_OFFSET}; --port-base moves all of them.
"""

_TILL = """
[receipt]
header = ["营业时间 07:00-23:00"]
footer = ["谢谢惠顾,欢迎再次光临"]
e_receipt_url = "https://receipts.example/{receipt}"
invoice_url = "https://invoices.example/{sale_id}"

[scale_labels]
formats = ["22IIIIIPPPPPC"]
"""

_out = Console(soft_wrap=True, highlight=False, markup=False)
_err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demo until it is stopped; return the exit status."""
    options = _parser().parse_args(argv)
    directory = DemoDirectory(options.data_dir)
    try:
        with directory.locked():
            _check_ports(range(options.port_base + 1, options.port_base + LAST_OFFSET + 1))
            directory.prepare(fresh=options.fresh)
            asyncio.run(_until_stopped(_demo(options.port_base, directory)))
    except (DemoError, ServiceStartError, PostgresStartError, NotInTimeError) as error:
        _err.print(f"demo: {error}")
        return EXIT_FAILED
    _out.print(f"Stopped; everything is kept in {shown(directory.path.absolute())}. 再见!")
    return 0


async def _until_stopped(demo: Coroutine[None, None, None]) -> None:
    """Run `demo` until it ends, or SIGINT or SIGTERM ends it; a second signal changes nothing."""
    task = asyncio.create_task(demo)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, partial(_stop, task))
    with suppress(asyncio.CancelledError):
        await task


def _stop(task: asyncio.Task[None]) -> None:
    if not task.cancelling():
        _out.print("\nStopping …")
        task.cancel()


async def _demo(port_base: int, directory: DemoDirectory) -> None:
    first_start = not directory.is_supplied
    _out.print("Setting up …" if first_start else "Starting …")
    ports = _ports(port_base)
    devices = TillDevices(
        directory.path / "devices",
        printer_port=port_base + PRINTER_OFFSET,
        page_port=port_base + PRINTER_PAGE_OFFSET,
    )
    async with devices, _chain(directory.path, ports, devices) as chain:
        if first_start:
            await supply.supply(chain.hq)
            await asyncio.gather(*map(supply.hire, chain.stores.values()))
            directory.mark_supplied()
        await _wait_until_supplied(chain)
        await _tell_parked(chain)
        desk = make_desk(DeskButtons(chain, devices).desk())
        async with serving(desk, port_base + DESK_OFFSET):
            await _serve(chain, await _example(chain, desk_port=port_base + DESK_OFFSET))


def _chain(directory: Path, ports: ChainPorts, devices: TillDevices) -> Chain:
    settings = {FIRST: _TILL + devices.settings}
    return Chain(stores=supply.stores(), directory=directory, ports=ports, settings=settings)


async def _wait_until_supplied(chain: Chain) -> None:
    async with chain.hq.connection() as connection:
        for site in chain.stores.values():
            await until(
                f"{site.code} holds HQ's campaigns, articles and members",
                partial(books.holds_supply, connection, site),
                timeout_s=SUPPLY_TIMEOUT_S,
            )


async def _tell_parked(chain: Chain) -> None:
    """Say what a store can't read: its data may be of a newer version than this one."""
    for site in chain.stores.values():
        if parked := (await site.status()).outbox.parked_here:
            config = shown(site.place.config_file)
            _out.print(
                f"! {site.code} can't read {parked} changes from head office; they are kept. Why: "
                f"store-agent feed parked --config {config}"
            )


async def _example(chain: Chain, *, desk_port: int) -> Example:
    promotion = supply.promotions()[BOUND_PROMOTION]
    chain_wide = supply.promotions()[CHAIN_PROMOTION]
    goods = tuple(article for article in supply.articles() if article.sku in EXAMPLE_SKUS)
    sum_fen = sum(article.price_fen for article in goods)
    member = next(member for member in supply.members() if FIRST in member.stores)
    return Example(
        desk_url=f"http://{LOOPBACK}:{desk_port}/",
        token=await supply.issue(chain.hq, promotion, store=FIRST),
        promotion=promotion.name,
        payable_fen=sum_fen - discount(promotion.rule, sum_fen),
        chain_wide=await supply.issue(chain.hq, chain_wide, store=None),
        chain_wide_payable_fen=sum_fen - discount(chain_wide.rule, sum_fen),
        member_id=member.member_id,
        articles=goods,
        key=f"demo-{uuid4().hex[:8]}",
    )


async def _serve(chain: Chain, example: Example) -> None:
    """Show the panel, and do what is pressed until the demo is stopped."""
    line = chain.stores[FIRST].line
    stopped = asyncio.Event()

    async def cut() -> None:
        await line.cut(LineCut.REFUSE)
        _out.print(f"✂ {FIRST} is cut off from head office 断网")

    async def mend() -> None:
        await line.mend()
        _out.print(f"✓ the line of {FIRST} passes again 已恢复")

    async def show() -> None:
        _out.print(await _status(chain))

    async def leave() -> None:
        stopped.set()

    keys = {"c": cut, "m": mend, "s": show, "q": leave}
    with pressed(keys, {signal.SIGUSR1: cut, signal.SIGUSR2: mend}):
        for text in panel(chain, example):
            _out.print(text, style="bold cyan" if text.startswith("# ") else "")
        await stopped.wait()


async def _status(chain: Chain) -> Table:
    """How all stores stand."""
    table = Table()
    for heading in ("store 门店", "line 网络", "events 流水", "to be synced 待同步", "cases 冲突"):
        table.add_column(heading)
    for site in chain.stores.values():
        status = await site.status()
        table.add_row(
            site.code,
            "online 在线" if status.line.online else "offline 断网",
            str(status.journal_seq),
            str(status.outbox.pending),
            str(status.cases),
        )
    return table


def _ports(base: int) -> ChainPorts:
    agents = {code: base + n for n, code in enumerate(supply.stores(), 1)}
    return ChainPorts(hq=base + HQ_OFFSET, postgres=base + POSTGRES_OFFSET, agents=agents)


def _check_ports(ports: Iterable[int]) -> None:
    for port in ports:
        try:
            socket.create_server((LOOPBACK, port)).close()
        except OSError:
            raise DemoError(
                f"port {port} is taken; stop what listens there, or choose other ports: "
                f"./run demo --port-base {DEFAULT_PORT_BASE + 1_000}"
            ) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./run demo",
        description="Start head office and three stores on this machine, until Ctrl-C. The first "
        "start sets everything up; later ones take seconds and go on with the same data.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("--fresh", action="store_true", help="forget the data and begin anew")
    option("--port-base", type=_port_base, default=DEFAULT_PORT_BASE, metavar="N", help="(8770)")
    option("--data-dir", type=Path, default=DEFAULT_DIR, metavar="DIR", help="(.state/demo)")
    return parser


def _port_base(text: str) -> int:
    base = int(text)
    if not MIN_PORT <= base <= MAX_PORT - LAST_OFFSET:
        raise argparse.ArgumentTypeError(f"{MIN_PORT} to {MAX_PORT - LAST_OFFSET}")
    return base


if __name__ == "__main__":
    sys.exit(main())
