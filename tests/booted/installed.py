"""Both systems with the packages installed and set up: made once, then booted for every case."""

import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.booted import roots
from tests.booted.evidence import journals_kept_on_failure
from tests.booted.head_office import HeadOffice
from tests.booted.packages import Packages
from tests.booted.pair import Pair, machines
from tests.booted.places import KEPT, PLACE
from tests.booted.progress import say
from tests.booted.roots import Layers
from tests.booted.store_pc import StorePc
from tests.booted.together import together


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What the installation took, in seconds, and how large it is."""

    package_mb: float
    install_s: float
    """apt install of store-agent, without network."""
    ready_s: float
    """systemctl start to its return: the till can scan."""
    first_scan_s: float
    """systemctl start to the answer of the first scan."""

    def told(self) -> str:
        """The figures in one line."""
        return (
            f"package {self.package_mb} MB, installed in {self.install_s} s, started in"
            f" {self.ready_s} s, first scan after {self.first_scan_s} s"
        )


@dataclass(frozen=True, kw_only=True)
class Installed:
    """Where the installed systems lie, and what belongs to them."""

    suite: str
    systemd: str
    """Its version, such as 252.38."""
    packages: Packages
    place: Path
    pos_key: str
    figures: Figures

    @contextmanager
    def booted(self, place: Path) -> Iterator[Pair]:
        """Both systems, booted, as they were right after the installation; nothing is kept."""
        with self.off(place) as pair:
            together(pair.store.machine.boot, pair.hq.machine.boot)
            pair.store.wait_until_active()
            yield pair

    @contextmanager
    def off(self, place: Path) -> Iterator[Pair]:
        """The same, before they are switched on."""
        layers = {
            "store": roots.base(self.suite).above(self.place / "store.written"),
            "hq": hq_base(self.suite).above(self.place / "hq.written"),
        }
        with machines(place, **layers) as (store, hq):
            yield Pair(
                store=StorePc(store, key=self.pos_key),
                hq=HeadOffice(hq),
                place=place,
                packages=self.packages,
                bare=roots.base(self.suite),
            )


def hq_base(suite: str) -> Layers:
    """Head office's base system: with PostgreSQL, and nginx for TLS in front."""
    return roots.with_packages(suite, "head-office", ["postgresql", "nginx", "openssl"])


def installed(suite: str, packages: Packages) -> Installed:
    """Both systems with `packages`; installs them if that was not done before."""
    place = PLACE / f"installed-{suite}-{packages.digest()}"
    told = place / "told.json"
    if not told.exists():
        shutil.rmtree(place, ignore_errors=True)
        say(f"{suite}: installing the packages on systems of their own")
        told.write_text(json.dumps(_install(suite, packages, place)))
    known = json.loads(told.read_text())
    return Installed(
        suite=suite,
        systemd=known["systemd"],
        packages=packages,
        place=place,
        pos_key=known["pos_key"],
        figures=Figures(**known["figures"]),
    )


def forget_others(kept: Sequence[Installed]) -> None:
    """Remove what was installed of other builds: minutes, on file systems that discard at once."""
    for systems in kept:
        for place in PLACE.glob(f"installed-{systems.suite}-*"):
            if place != systems.place:
                shutil.rmtree(place)


def _install(suite: str, packages: Packages, place: Path) -> dict[str, object]:
    with (
        machines(place, store=roots.base(suite), hq=hq_base(suite)) as (store, hq),
        journals_kept_on_failure(place, KEPT / f"{suite}-install"),
    ):
        together(store.boot, hq.boot)
        office, pc = HeadOffice(hq), StorePc(store)
        office.install(packages.hq)
        office.supply()
        took = _timed(lambda: store.install(packages.agent))
        code = office.enrolment_code()
        ready = _timed(lambda: pc.enrol(code))
        pc.let_in()
        figures = Figures(
            package_mb=round(packages.agent.stat().st_size / 1e6, 1),
            install_s=took,
            ready_s=ready,
            first_scan_s=_timed(lambda: _first_scan(pc)),
        )
        version = store.run("systemctl --version").split("(")[1].split("-")[0]
        together(store.power_off, hq.power_off)
    return {"systemd": version, "pos_key": pc.key, "figures": asdict(figures)}


def _first_scan(pc: StorePc) -> None:
    pc.machine.run(
        "systemctl restart store-agent && curl -s --retry 20 --retry-connrefused --retry-delay 0"
        f" -H 'Authorization: Bearer {pc.key}' -H 'Content-Type: application/json'"
        """ -d '{"code": "6901234567892"}' -f http://127.0.0.1:8770/api/v1/scans"""
    )


def _timed(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return round(time.monotonic() - started, 1)
