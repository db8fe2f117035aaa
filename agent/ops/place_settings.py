"""Settings that are well written and can't work on this PC: the state directory, the port."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from agent.ops.processes import agent_process, listener
from agent.settings import Settings

UNIT = "store-agent.service"
UNIT_DIRS = tuple(
    Path(place)
    for place in ("/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system")
)
_OPENED = ("ReadWritePaths", "BindPaths")
_STATE_ROOT = Path("/var/lib")


def mistakes_of_place(
    settings: Settings, *, unit_dirs: Iterable[Path] = UNIT_DIRS, proc: Path = Path("/proc")
) -> Iterator[str]:
    """Give what keeps an agent with these settings from starting on this PC."""
    state_dir = Path(settings.paths.state_dir)
    opened = writable_of_unit(unit_dirs)
    if opened is not None and not any(state_dir.is_relative_to(place) for place in opened):
        yield (
            f"[paths] state_dir {state_dir} lies outside what {UNIT} may write "
            f"({', '.join(map(str, opened))}): systemctl edit store-agent, and put there "
            f"[Service] and ReadWritePaths={state_dir}; it has to belong to store-agent"
        )
    held = listener(proc, settings.api.host, settings.api.port)
    ours = int(agent_process(state_dir))
    if held is None or held.is_of(ours) or (ours and held.process is None):
        return
    who = str(held.process) if held.process else f"a program of user {held.user}"
    yield (
        f"[api] port {settings.api.port} is taken by {who}: end that (who has it: ss -ltnp "
        f"'sport = :{settings.api.port}'), or set another port and tell the POS"
    )


def writable_of_unit(unit_dirs: Iterable[Path]) -> list[Path] | None:
    """Return the places that the installed unit opens for writing; None where it is not installed
    or closes nothing."""
    places = list(unit_dirs)
    unit = next((place / UNIT for place in places if (place / UNIT).is_file()), None)
    if unit is None:
        return None
    drop_ins = [file for place in places for file in sorted((place / f"{UNIT}.d").glob("*.conf"))]
    entries = [entry for file in (unit, *drop_ins) for entry in _entries(file)]
    if ("ProtectSystem", "strict") not in entries:
        return None
    found: list[Path] = []
    for name, value in entries:
        if name == "StateDirectory":
            found += [_STATE_ROOT / word.partition(":")[0] for word in value.split()]
        elif name in _OPENED:
            found += [Path(word.lstrip("-+").partition(":")[0]) for word in value.split()]
    return found


def _entries(file: Path) -> Iterator[tuple[str, str]]:
    for line in file.read_text("utf-8", "replace").splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith(("#", ";")):
            yield name.strip(), value.strip()
