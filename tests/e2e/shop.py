"""One store as its cashier finds it: agent, line to head office, scanner and receipt printer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from tests.lab import books
from tests.lab.chain import Chain
from tests.lab.demo import supply
from tests.lab.demo.supply import PEOPLE, Person
from tests.lab.store_site import StoreSite
from tests.lab.till_devices import TillDevices
from tests.lab.until import until

STORE = "MB001"
TILL = "T1"
"""The one with a page."""
SUPPLY_TIMEOUT_S = 30.0
E_RECEIPTS = "https://chain.example/r/"
"""What a receipt's code leads to, with the receipt's number behind it."""

_SETTINGS = """
[receipt]
e_receipt_url = "{e_receipts}{{receipt}}"

[scale_labels]
formats = ["22IIIIIPPPPPC"]
"""


class Shop:
    """A store with its head office, and what customers bring."""

    def __init__(self, chain: Chain, devices: TillDevices) -> None:
        self.chain = chain
        self.devices = devices
        self.site: StoreSite = chain.stores[STORE]

    @property
    def cashier(self) -> Person:
        """The first who may sign in."""
        return PEOPLE[0]

    @property
    def supervisor(self) -> Person:
        """Who may approve."""
        return PEOPLE[-1]

    async def coupon(self, promotion: str, *, store: str | None = STORE) -> str:
        """A fresh coupon of a promotion of tests/lab/data, as its token."""
        return await supply.issue(self.chain.hq, supply.promotions()[promotion], store=store)


@asynccontextmanager
async def open_shop(directory: Path) -> AsyncIterator[Shop]:
    """Start it with head office's articles, members and promotions, and PEOPLE hired."""
    async with TillDevices(directory / "devices") as devices:
        settings = {STORE: _SETTINGS.format(e_receipts=E_RECEIPTS) + devices.settings}
        stores = supply.stores()
        async with Chain(stores=stores, directory=directory, settings=settings) as chain:
            await supply.supply(chain.hq)
            shop = Shop(chain, devices)
            await supply.hire(shop.site)
            async with chain.hq.connection() as connection:
                await until(
                    "the store holds HQ's campaigns, articles and members",
                    partial(books.holds_supply, connection, shop.site),
                    timeout_s=SUPPLY_TIMEOUT_S,
                )
            yield shop
