"""The demo's directory: one demo at a time, kept from start to start, whole or made anew."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SUPPLIED = "supplied"


class DemoError(Exception):
    """The demo can't start; the message says what to do."""


class DemoDirectory:
    """Holds the data of one demo, and a mark once head office has everything it begins with."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Within, no other demo works here. DemoError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_name(f"{self.path.name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise DemoError(f"a demo runs already in {self.path}: stop it first") from None
            yield

    def prepare(self, *, fresh: bool) -> None:
        """Keep what is there, unless a new beginning is asked for or the last one broke off."""
        if fresh or not self.is_supplied:
            self._clear()
        self.path.mkdir(parents=True, exist_ok=True)

    @property
    def is_supplied(self) -> bool:
        """Whether head office has everything it begins with."""
        return (self.path / _SUPPLIED).exists()

    def mark_supplied(self) -> None:
        """Head office has everything it begins with."""
        (self.path / _SUPPLIED).touch()

    def _clear(self) -> None:
        if not self.path.exists():
            return
        ours = self.is_supplied or (self.path / "hq").exists() or not any(self.path.iterdir())
        if not ours:
            raise DemoError(
                f"{self.path} holds something else than a demo: name another --data-dir"
            )
        shutil.rmtree(self.path)
