"""A store PC and head office, booted for one case, and the till that sells meanwhile."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.booted import network
from tests.booted.head_office import HeadOffice
from tests.booted.judge import Verdict, judge
from tests.booted.machine import Machine
from tests.booted.network import HQ_ADDRESS, SPARE_ADDRESS, STORE_ADDRESS
from tests.booted.packages import Packages
from tests.booted.roots import Layers
from tests.booted.selling import TillLoad, read_sold, selling
from tests.booted.store_pc import API, StorePc

DEFAULT_RATE_PER_S = 20.0
FEED_S = 60.0


class UnexpectedError(Exception):
    """A case did not go as it must; says what was seen."""


@dataclass(kw_only=True)
class Pair:
    """What a case works with."""

    store: StorePc
    hq: HeadOffice
    place: Path
    """Directory for what the case writes."""
    packages: Packages
    bare: Layers
    """A store PC's system before anything is installed."""
    until_judged: ExitStack = field(default_factory=ExitStack)
    """What has to stay until the judgement is over."""
    notes: list[str] = field(default_factory=list)
    """What was measured or seen, for the report."""

    @contextmanager
    def selling(self, rate_per_s: float = DEFAULT_RATE_PER_S) -> Iterator[TillLoad]:
        """Sell while the block runs; a case may do so several times, one after the other."""
        with selling(
            self.store.machine, key=self.store.key, rate_per_s=rate_per_s, out=self._sold
        ) as till:
            yield till.wait_for(5)

    @contextmanager
    def another_pc(self) -> Iterator[StorePc]:
        """A second store PC, booted, with the package installed and nothing else done to it."""
        with ExitStack() as stack:
            machine = _connected("spare", self.bare, self.place, SPARE_ADDRESS, stack)
            machine.boot()
            machine.install(self.packages.agent)
            yield StorePc(machine)

    def sell(self, sales: int, *, rate_per_s: float) -> None:
        """Sell so many pieces, no more; return when each is answered."""
        till = TillLoad(
            self.store.machine,
            key=self.store.key,
            rate_per_s=rate_per_s,
            out=self._sold,
            sales=sales,
        )
        till.wait_for_its_end()

    def change_price(self, *, within_s: float = FEED_S) -> float:
        """Let head office set another price; the seconds until the store knows it."""
        self.hq.machine.run("printf 'sku,name,price\\nA002,牛奶,9.99\\n' >/tmp/new.csv")
        self.hq.command("articles import /tmp/new.csv")
        asked = f"{API}/api/v1/articles?query=A002"
        known = f"curl -s -H 'Authorization: Bearer {self.store.key}' '{asked}' | grep -q 999"
        return self.store.wait(known, timeout_s=within_s)

    def judge(self) -> Verdict:
        """The judgement over everything that was sold."""
        return judge(self.store, self.hq, read_sold(self._sold))

    def expect(self, holds: bool, what: str) -> None:
        """Raise UnexpectedError with `what` unless `holds`."""
        if not holds:
            raise UnexpectedError(what)

    def note(self, what: str) -> None:
        """Note a figure or a finding for the report."""
        self.notes.append(what)

    @property
    def _sold(self) -> Path:
        return self.place / "sold.jsonl"


@contextmanager
def machines(place: Path, *, store: Layers, hq: Layers) -> Iterator[tuple[Machine, Machine]]:
    """Both machines with their disks and cables, off; torn down on leaving, whatever happened."""
    place.mkdir(parents=True)
    with ExitStack() as stack:
        yield (
            _connected("store", store, place, STORE_ADDRESS, stack),
            _connected("hq", hq, place, HQ_ADDRESS, stack),
        )


def _connected(name: str, layers: Layers, place: Path, address: str, stack: ExitStack) -> Machine:
    """A machine with its disk and cable, off; `stack` tears it down."""
    machine = Machine(name, layers, place, address=address)
    network.connect(name, address)
    stack.callback(network.disconnect, name)
    machine.set_up()
    stack.callback(machine.tear_down)
    return machine
