"""What a sale and a redemption cost the agent's process in CPU time, which other work on the
machine moves less than seconds. No figure of `./run bench`.

`python -m tests.bench.till_cpu [--beside CHECKOUT] [--rounds N]` prints microseconds each, of a
real agent without a line; with CHECKOUT, another source tree of the same schema, in turns with it.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import msgspec

from agent.base.clock import SystemClock
from sync.hq.coupons.coupons import IssuedCoupon
from sync.protocol.changes import StockChange
from sync.protocol.messages import Change, ChangesPage, Entity
from tests.bench.agent import Agent
from tests.bench.basket import ARTICLES
from tests.bench.load import Load
from tests.bench.memory import resident_mb
from tests.bench.store import Store
from tests.bench.workshop import Workshop
from tests.lab.enrolling import of_nobody
from tests.services.chain import BOUND, STORE, Chain

WARM_UP = 300
NUMBER = {1: 100, 8: 200, 64: 400}
"""Requests of a round, by the number of callers."""
PIECES = 10_000_000

Use = Callable[[Sequence[IssuedCoupon], int], Load]


def main() -> None:
    """Measure in turns, and print medians with the least and the most."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--beside", type=Path)
    parser.add_argument("--rounds", type=int, default=9)
    wanted = parser.parse_args()
    trees = [Path.cwd(), *([wanted.beside] if wanted.beside else [])]
    found: dict[tuple[str, int, Path], list[float]] = {}
    with Workshop(disk=Path("/var/tmp"), repetitions=1) as workshop, ExitStack() as running:
        sides = [(tree, _Side(tree, workshop, running)) for tree in trees]
        for number in range(wanted.rounds):
            for name, callers in _kinds():
                for tree, side in sides if number % 2 else reversed(sides):
                    each = side.cpu_us(name, callers)
                    found.setdefault((name, callers, tree), []).append(each)
        for tree, side in sides:
            print(f"{tree}: resident {resident_mb(side.agent.pid):.1f} MB")
    for (name, callers, tree), each in found.items():
        figures = f"{median(each):4.0f} µs ({min(each):.0f} to {max(each):.0f})"
        against = found[name, callers, trees[-1]]
        ratio = median(one / other for one, other in zip(each, against, strict=True))
        print(f"{name}, {callers:2} at once: {figures}, times {ratio:.2f}  {tree}")


def _kinds() -> list[tuple[str, int]]:
    return [(name, callers) for name in ("sale", "redemption") for callers in NUMBER]


class _Side:
    """An agent of one source tree, warm, and its coupons."""

    def __init__(self, tree: Path, workshop: Workshop, running: ExitStack) -> None:
        self._chain = Chain(SystemClock().wall())
        store = Store(
            STORE, directory=workshop.directory(), campaign=BOUND, root_key=self._chain.root_key
        )
        enrolment = of_nobody(STORE, root_key=self._chain.root_key)
        workshop.run(store.prepare(_page(self._chain), hq_url=None, enrolment=enrolment))
        command = ("env", "-C", str(tree), sys.executable, "-m", "agent.cli")
        self.agent = running.enter_context(Agent(store, workshop, command=command))
        self.agent.sell(self._coupons(WARM_UP), 8)

    def cpu_us(self, name: str, callers: int) -> float:
        use: Use = self.agent.sell if name == "sale" else self.agent.redeem
        coupons = self._coupons(NUMBER[callers])
        before = _cpu_ns(self.agent.pid)
        use(coupons, callers)
        return (_cpu_ns(self.agent.pid) - before) / 1_000 / len(coupons)

    def _coupons(self, number: int) -> list[IssuedCoupon]:
        return [IssuedCoupon(coupon_id="", token=self._chain.token(), run=0) for _ in range(number)]


def _page(chain: Chain) -> ChangesPage:
    page = chain.page()
    goods = [
        change
        for article in ARTICLES
        for change in (
            _change(Entity.ARTICLE, article.sku, article),
            _change(Entity.STOCK, article.sku, _pieces(article.sku)),
        )
    ]
    return msgspec.structs.replace(page, changes=(*page.changes, *goods))


def _pieces(sku: str) -> StockChange:
    return StockChange(sku=sku, quantity=PIECES, through_seq=0)


def _change(entity: Entity, key: str, body: msgspec.Struct) -> Change:
    return Change(entity=entity, key=key, body=msgspec.Raw(msgspec.json.encode(body)))


def _cpu_ns(pid: int) -> int:
    """Time on a CPU of all its threads. Source: Linux, Documentation/scheduler/sched-stats."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)


if __name__ == "__main__":
    main()
