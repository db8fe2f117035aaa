"""A till with a printer that speaks ESC/POS over a real socket."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from agent.settings import PrinterSection, ReceiptSection, Settings, StoreSection
from drivers.virtual.ports import TcpPort
from drivers.virtual.printer_device import VirtualPrinter
from tests.services.chain import STORE, Chain
from tests.services.stopped_clock import StoppedClock


@pytest.fixture
async def printer(clock: StoppedClock) -> AsyncIterator[VirtualPrinter]:
    async with VirtualPrinter(clock=clock).running() as device:
        yield device


@pytest.fixture
async def port(printer: VirtualPrinter) -> TcpPort:
    opened = TcpPort(printer)
    await printer.attach(opened)
    return opened


@pytest.fixture
def settings(chain: Chain, tmp_path: Path, port: TcpPort) -> Settings:
    usual = chain.settings(tmp_path / "state")
    return replace(
        usual,
        store=StoreSection(code=STORE, name="徐家汇店"),
        printer=PrinterSection(address=port.address),
        receipt=ReceiptSection(footer=("谢谢光临",), e_receipt_url="https://e.example/{receipt}"),
    )
