"""The drop-in file that a calibration writes: shown as a difference, written whole, taken back."""

import difflib
import json
import os
from pathlib import Path

NAME = "zz-scanner.toml"
"""Read last in agent.toml.d/, so that it wins over what was written by hand before."""
BEFORE = NAME + ".before"
"""What stood in it before the last calibration; empty if there was none. Read by nobody."""
MODE = 0o644

Values = dict[str, str | int | tuple[str, ...]]


class DropIn:
    """The file of one settings file."""

    def __init__(self, config: Path) -> None:
        self.path = config.with_name(config.name + ".d") / NAME
        self._before = self.path.with_name(BEFORE)

    @property
    def can_be_undone(self) -> bool:
        """Whether it is known what stood in it before."""
        return self._before.exists()

    def text(self) -> str:
        """What stands in it now; empty if there is none. Raises OSError."""
        return _read(self.path)

    def before(self) -> str:
        """What stood in it before the last calibration. Raises OSError."""
        return _read(self._before)

    def difference(self, new: str) -> str:
        """Return what would change, as `diff -u` shows it; empty if nothing."""
        lines = difflib.unified_diff(
            self.text().splitlines(), new.splitlines(), str(self.path), str(self.path), lineterm=""
        )
        return "\n".join(lines)

    def write(self, new: str) -> None:
        """Replace it whole, so that a power cut leaves the one or the other. Raises OSError."""
        self.path.parent.mkdir(exist_ok=True)
        _replace(self._before, self.text())
        _put(self.path, new)

    def undo(self) -> None:
        """Bring back what stood in it before the last calibration. Raises OSError."""
        _put(self.path, self.before())
        self._before.unlink()


def rendered(values: Values) -> str:
    """Return the file's text: [scanner] with these settings."""
    lines = (f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items())
    heading = "# Written by `store-agent devices calibrate`; --undo takes it back."
    return "\n".join((heading, "[scanner]", *lines, ""))


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except FileNotFoundError:
        return ""


def _put(file: Path, text: str) -> None:
    if text:
        _replace(file, text)
    else:
        file.unlink(missing_ok=True)


def _replace(file: Path, text: str) -> None:
    new = file.with_name(file.name + ".new")
    with new.open("w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    new.chmod(MODE)
    new.replace(file)
