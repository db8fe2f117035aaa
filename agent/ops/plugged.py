"""What is plugged into this PC that may be a scanner, a printer or a display."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from agent.ops.processes import openers
from agent.ops.sysfs import SYS, Identity, NodeFacts
from drivers.taken import taken_printers

DEV = Path("/dev")
PROC = Path("/proc")

_SERIAL = ("ttyS*", "ttyUSB*", "ttyACM*", "ttyXRUSB*", "ttyAMA*", "rfcomm*")
OURS = "store-agent"
"""Name of the agent's own process."""


class Plugged(Struct, frozen=True, kw_only=True):
    """One thing that is plugged in."""

    what: str
    """serial, keyboard or printer: how it shows itself, not what it is."""
    address: str
    """As it is written into the settings: by the name that stays longest. By its id, so that it
    stays the same whichever socket is used; by its socket where another device has the same id."""
    about: str
    """What it says of itself; empty where it says nothing."""
    usable: bool
    """Whether this user may open it."""
    has_twin: bool = False
    """Whether another one has the same id: its name in by-id is now the one's, now the other's."""
    open_in: tuple[str, ...] = ()
    """Other programs that have it open, such as `minicom (812)`, as far as this user may see."""
    remedy: str = ""
    """What gives it a node; empty where it has one."""


class _Kind(Struct, frozen=True, kw_only=True):
    """One kind of node, and where its lasting names are."""

    what: str
    scheme: str
    class_: str
    """In /sys/class."""
    links: str
    """The directory in /dev with by-id and by-path."""
    ending: str = ""
    """Of the names there that are this kind's."""
    rights: int = os.R_OK | os.W_OK


_LINES = _Kind(what="serial", scheme="serial", class_="tty", links="serial")
_KEYBOARDS = _Kind(
    what="keyboard",
    scheme="hid",
    class_="input",
    links="input",
    ending="-event-kbd",
    rights=os.R_OK,
)
_PRINTERS = _Kind(what="printer", scheme="usb", class_="usbmisc", links="usb")


def plugged_in(dev: Path = DEV, sys: Path = SYS, proc: Path = PROC) -> tuple[Plugged, ...]:
    """Return serial ports, keyboards (scanners often are) and USB printers, each once."""
    holders = _holders(proc, dev)
    kinds = (
        (_LINES, _serial(dev, sys)),
        (_KEYBOARDS, _keyboards(dev, sys)),
        (_PRINTERS, dev.glob("usb/lp*")),
    )
    found = (one for kind, nodes in kinds for one in _found(kind, nodes, dev, sys, holders))
    return (*found, *_taken_printers(sys / "bus/usb/devices"))


def _serial(dev: Path, sys: Path) -> Iterator[Path]:
    for node in (node for pattern in _SERIAL for node in dev.glob(pattern)):
        if not NodeFacts(sys, "tty", node.name).is_phantom():
            yield node
    yield from _names(dev / "serial").keys()


def _keyboards(dev: Path, sys: Path) -> Iterator[Path]:
    for node in dev.glob("input/event*"):
        if NodeFacts(sys, "input", node.name).types_digits():
            yield node
    yield from _names(dev / "input", _KEYBOARDS.ending).keys()


def _found(
    kind: _Kind, nodes: Iterable[Path], dev: Path, sys: Path, holders: dict[Path, list[str]]
) -> Iterator[Plugged]:
    names = _names(dev / kind.links, kind.ending)
    facts = {node: NodeFacts(sys, kind.class_, node.name) for node in sorted({*nodes})}
    identities = {node: fact.identity() for node, fact in facts.items()}
    shared = Counter(filter(None, identities.values()))
    for node, fact in facts.items():
        has_twin = _is_shared(identities[node], shared)
        path = _lasting(names.get(node, []), has_twin=has_twin) or node
        by_name = path.name.removesuffix(kind.ending) if path != node else ""
        yield Plugged(
            what=kind.what,
            address=f"{kind.scheme}:{path}",
            about=fact.about() or by_name,
            usable=os.access(node, kind.rights),
            has_twin=has_twin,
            open_in=tuple(holders.get(node, ())),
        )


def _taken_printers(usb: Path) -> Iterator[Plugged]:
    """Printers that have no node, because another program has them."""
    for taken in taken_printers(usb):
        yield Plugged(
            what="printer", address="", about=taken.detail, usable=False, remedy=taken.remedy
        )


def _is_shared(identity: Identity | None, count: Counter[Identity]) -> bool:
    return identity is not None and count[identity] > 1


def _names(directory: Path, ending: str = "") -> dict[Path, list[Path]]:
    """The lasting names of each node: by its id first, then by its socket."""
    names: dict[Path, list[Path]] = {}
    for way in ("by-id", "by-path"):
        for link in sorted(directory.glob(f"{way}/*{ending}")):
            names.setdefault(link.resolve(), []).append(link)
    return {node: links for node, links in names.items() if node.exists()}


def _lasting(names: list[Path], *, has_twin: bool) -> Path | None:
    fit = [name for name in names if not (has_twin and name.parent.name == "by-id")]
    return next(iter(fit), None)


def _holders(proc: Path, dev: Path) -> dict[Path, list[str]]:
    """Which other programs have which nodes open; those of other users only root can see."""
    return {
        node: told
        for node, openers_of in openers(proc, dev).items()
        if (told := [str(one) for one in openers_of if one.name != OURS])
    }
