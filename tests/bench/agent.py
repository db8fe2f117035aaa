"""The product at the till: a real store-agent process under the same load as its floor."""

import uuid
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import count
from time import perf_counter
from types import TracebackType

import msgspec

from sync.hq.coupons.coupons import IssuedCoupon
from sync.protocol.changes import ArticleChange
from tests.bench.basket import REDEEMED_ORDER_FEN, basket, payable_fen
from tests.bench.history import CASHIER, TILL
from tests.bench.load import Load, drive, post
from tests.bench.store import Store
from tests.bench.workshop import Workshop
from tests.lab.service import Service, console_script

REDEEMED = b'"redeemed":true'
RECORDED = b'"recorded":true'


class Agent:
    """The agent of `store` as a context."""

    def __init__(
        self, store: Store, workshop: Workshop, *, command: Sequence[str] | None = None
    ) -> None:
        """`command` starts the program; None: the installed one."""
        self.store = store
        self._workshop = workshop
        self._numbers = count(1)
        self._service = Service(
            f"agent of {store.code}",
            [
                *(command or (console_script("store-agent"),)),
                "run",
                "--config",
                str(store.place.config_file),
            ],
            log=store.place.directory / "agent.log",
        )
        self.started = 0.0
        """perf_counter when its process was started."""
        self.ready = 0.0
        """perf_counter when it said that it serves."""

    def __enter__(self) -> "Agent":
        self.started = perf_counter()
        try:
            self._workshop.run(self._service.start())
        except BaseException:
            self._workshop.run(self._service.stop())
            raise
        self.ready = perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            error.add_note(f"{self._service.name} wrote last:\n{self._service.log_tail()}")
        self._workshop.run(self._service.stop())

    @property
    def pid(self) -> int:
        """Of the running process."""
        pid = self._service.pid
        if pid is None:
            raise RuntimeError(f"{self._service.name} ended:\n{self._service.log_tail()}")
        return pid

    def redeem(self, coupons: Sequence[IssuedCoupon], callers: int) -> Load:
        """Redeem each coupon; LoadError unless all are redeemed."""
        return self._load(map(self.redemption, coupons), callers, REDEEMED)

    def sell(self, coupons: Sequence[IssuedCoupon], callers: int) -> Load:
        """Sell a basket of five lines with each coupon; LoadError unless all are recorded."""
        return self._load(map(self.sale, coupons), callers, RECORDED)

    def redemption(self, coupon: IssuedCoupon) -> bytes:
        """The request that redeems the coupon."""
        order = {"till": TILL, "cashier": CASHIER, "code": coupon.token}
        return self._post("redemptions", order | {"order_fen": REDEEMED_ORDER_FEN})

    def sale(self, coupon: IssuedCoupon) -> bytes:
        """The request that records a paid sale with the coupon."""
        articles = basket(next(self._numbers))
        paid = [{"kind": "cash", "amount_fen": payable_fen(articles)}]
        return self._post("sales", {**_order(articles), "coupons": [coupon.token], "tenders": paid})

    def plain_sale(self) -> bytes:
        """The request that records a paid sale without a coupon."""
        articles = basket(next(self._numbers))
        paid = [{"kind": "cash", "amount_fen": sum(article.price_fen for article in articles)}]
        return self._post("sales", {**_order(articles), "tenders": paid})

    def quote(self) -> bytes:
        """The request that asks what a basket comes to."""
        return self._post("quotes", _order(basket(next(self._numbers))))

    def scan(self, coupon: IssuedCoupon) -> bytes:
        """The request that asks what a coupon is."""
        return self._post("scans", {"code": coupon.token})

    def _load(self, requests: Iterator[bytes], callers: int, expect: bytes) -> Load:
        port = self.store.place.port
        load = self._workshop.run(drive(port, list(requests), callers=callers, expect=expect))
        return load.require_clean()

    def _post(self, resource: str, order: object) -> bytes:
        headers = {"Authorization": f"Bearer {self._key}", "Idempotency-Key": str(uuid.uuid4())}
        return post(f"/api/v1/{resource}", msgspec.json.encode(order), headers)

    @cached_property
    def _key(self) -> str:
        return self.store.place.api_key_file.read_text("ascii").strip()


def _order(articles: Sequence[ArticleChange]) -> dict[str, object]:
    lines = [{"sku": article.sku, "quantity": 1} for article in articles]
    return {"till": TILL, "cashier": CASHIER, "lines": lines}
