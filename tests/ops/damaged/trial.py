"""One trial: files are spoilt, each command is run on them, and what it says and does is judged."""

import io
import os
import random
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

from agent.cli import main
from agent.store.sqlite import DatabaseError, connect
from tests.ops.damaged.pcs import NEW, OLD, PIN, STICK, STRANGE, SUPERVISOR
from tests.ops.damaged.spoiling import spoil

CONFIG = "agent.toml"
ENDS = {0, 1, 2, 3, 4}
"""Exit codes of the commands tried here: docs, `store-agent --help` and `doctor --help`."""
ADVICE = re.compile(
    r"store-agent|systemctl|[Kk]eep the|head office|smartctl|take another|compare with|"
    r"[Nn]ame a|did you mean|not TOML|not UTF-8|[Cc]orrect |→|expected|ls -l"
)
"""What tells people what to do next."""
CHECKS = ("journal", "permissions", "settings", "backup", "sync", "clock", "recording")
SPOILT = (
    *["store.db"] * 6,
    *["store.db-wal"] * 3,
    *["store.anchor", "installation.json", "pepper", "enrolment.json", "store.lock", "backup.json"],
    *["rolled-back.json", "damaged.json", "closing.key", CONFIG],
)
_MADE_BY_READING = ("-shm", "-wal")
"""SQLite makes them beside a database that it only reads, and they hold nothing then."""


class Said(NamedTuple):
    """How a command ended."""

    code: int | None
    out: str
    err: str
    raised: str
    """What it did not catch; empty: nothing."""


class Trial:
    """The PCs in a directory, which are as they were before each trial."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._pristine = directory.with_name(f"{directory.name}-pristine")
        shutil.copytree(directory, self._pristine, symlinks=True)
        self.events = _events_in(directory / STICK)
        self.of_new = _events_in(directory / NEW / "state/store.db")

    def restore(self) -> None:
        """Put everything back."""
        shutil.rmtree(self.directory)
        shutil.copytree(self._pristine, self.directory, symlinks=True)

    def run(self, seed: int) -> list[str]:
        """Spoil what `seed` draws; return what is to be complained of."""
        dice = random.Random(seed)
        self.restore()
        if dice.random() < 0.25:
            file, strange = self.directory / STICK, self.directory / f"strange-{STICK}"
            how = f"{STICK} {spoil(file, strange, dice)}"
            return [f"seed {seed}, {how}: {one}" for one in self._import(file)]
        name = dice.choice(SPOILT)
        place = Path(name) if name == CONFIG else Path("state", name)
        file = self.directory / OLD / place
        if not file.exists():
            file.write_bytes(b'{"good": null}')
        how = f"{name} {spoil(file, self.directory / STRANGE / place, dice)}"
        complaints = [*self._looks(), *self._recover()]
        return [f"seed {seed}, {how}: {one}" for one in complaints]

    def _looks(self) -> Iterator[str]:
        """Commands that only look change nothing."""
        stick = self.directory / "fresh.db"
        for words in (
            ["outbox", "verify"],
            ["outbox", "verify", "--json"],
            ["outbox", "list"],
            ["outbox", "parked"],
            ["api-key", "list"],
            ["cashier", "list"],
            ["backup", "list"],
            ["check-config"],
            ["schema"],
            ["doctor", *(word for check in CHECKS for word in ("--only", check)), "--language=en"],
            ["outbox", "export", str(stick)],
        ):
            before = _files(self.directory / OLD)
            said = run(*words, "--config", str(self.directory / OLD / CONFIG))
            yield from (f"{' '.join(words[:2])}: {one}" for one in _judge(said, words))
            if words[1:] == ["verify"] and said.code == 0 and self._lacks_events():
                yield "outbox verify says that all is whole"
            changed = _differ(before, _files(self.directory / OLD))
            if changed:
                yield f"{' '.join(words[:2])} changed {', '.join(changed)}"
        if said.code and os.path.lexists(stick):
            yield "outbox export failed and left a file"
        if not said.code and not said.raised:
            yield from (f"exported: {one}" for one in self._import(stick))

    def _lacks_events(self) -> bool:
        return _events_in(self.directory / OLD / "state/store.db") != self.events

    def _recover(self) -> Iterator[str]:
        """What the damaged file still holds comes to the new PC, and nothing else; it stays."""
        file = self.directory / OLD / "state/store.db"
        before = _files(self.directory / OLD)
        yield from self._bring_in(file, "recover", str(file))
        if changed := _differ(before, _files(self.directory / OLD)):
            yield f"recover changed {', '.join(changed)}"

    def _import(self, file: Path) -> Iterator[str]:
        words = ("outbox", "import", str(file), "--supervisor", SUPERVISOR, "--pin-stdin")
        yield from self._bring_in(file, *words)

    def _bring_in(self, file: Path, *words: str) -> Iterator[str]:
        shutil.rmtree(self.directory / NEW)
        shutil.copytree(self._pristine / NEW, self.directory / NEW)
        said = run(*words, "--config", str(self.directory / NEW / CONFIG))
        yield from (f"{words[0]}: {one}" for one in _judge(said, words))
        got = _events_in(self.directory / NEW / "state/store.db")
        if self.of_new - got:
            yield f"{words[0]} took from the PC what it had"
        if made_up := got - self.of_new - self.events:
            yield f"{words[0]} made up {len(made_up)} events"
        if said.code == 0 and not (self.events <= got or "Lost" in said.out):
            held = _events_in(file)
            if held & self.events - got:
                yield f"{words[0]} left behind what the file holds, and does not say so"


def run(*words: str) -> Said:
    """Run a command of store-agent in this process."""
    out, err, raised, code = io.StringIO(), io.StringIO(), "", None
    with redirect_stdout(out), redirect_stderr(err), _stdin(f"{PIN}\n"):
        try:
            code = main(list(words))
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except Exception as error:  # noqa: BLE001 - what people would see as a traceback
            raised = f"{type(error).__name__}: {error}"
    return Said(code, out.getvalue(), err.getvalue(), raised)


@contextmanager
def _stdin(text: str) -> Iterator[None]:
    usual, sys.stdin = sys.stdin, io.StringIO(text)
    try:
        yield
    finally:
        sys.stdin = usual


def _judge(said: Said, words: tuple[str, ...] | list[str]) -> Iterator[str]:
    """A command never ends in a traceback, and says what to do when all is not well."""
    told = said.out + said.err
    if said.raised:
        yield f"a traceback: {said.raised}"
    elif "Traceback" in told:
        yield f"a traceback: {told[-200:]}"
    elif said.code not in ENDS:
        yield f"exit code {said.code}"
    elif said.code and "--json" not in words and not ADVICE.search(told):
        yield f"no advice: {told.strip()[-300:]}"


def _files(directory: Path) -> dict[str, object]:
    """What lies there; of what SQLite makes when it reads, only what holds something."""
    found: dict[str, object] = {}
    for place in sorted(directory.rglob("*")):
        name = str(place.relative_to(directory))
        if place.is_symlink():
            found[name] = f"-> {place.readlink()}"
        elif place.is_dir():
            found[name] = "directory"
        elif not name.endswith("-shm"):
            data = place.read_bytes()
            if data or not name.endswith(_MADE_BY_READING):
                found[name] = data
    return found


def _differ(before: dict[str, object], after: dict[str, object]) -> list[str]:
    return [name for name in before | after if before.get(name) != after.get(name)]


def _events_in(file: Path) -> frozenset[str]:
    """Ids of the events in a database, as far as it can be read."""
    if not file.is_file():
        return frozenset()
    with closing(connect(str(file), read_only=True)) as db:
        found = set()
        try:
            for (event_id,) in db.execute("SELECT event_id FROM journal ORDER BY seq"):
                found.add(str(event_id))
        except (DatabaseError, UnicodeDecodeError):
            pass
    return frozenset(found)
