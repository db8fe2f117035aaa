"""A customer display without hardware: a serial line (a pty) whose bytes become two lines of text.

    python -m drivers.virtual.display PATH

appears at PATH and prints its two lines whenever they change.
"""

import asyncio
import re
import sys
from pathlib import Path

from drivers.plain import columns_of
from drivers.virtual.glass import Glass


class VirtualDisplay(Glass):
    """Understands CD5220's ESC Q A and ESC Q B and Epson's US $; keeps what it does not know."""

    def __init__(self, *, columns: int = 20) -> None:
        super().__init__(
            re.compile(
                rb"\x1b@|\x0c"
                rb"|\x1bQ(?P<line>[AB])(?P<text>[^\x00-\x1f]*)\r"
                rb"|\x1f\$\x01(?P<row>[\x01\x02])(?P<cells>[^\x00-\x1f]{%d})" % columns
            ),
            begun=re.compile(
                rb"\x1b(?:Q(?:[AB][^\x00-\x1f]*)?)?\Z"
                rb"|\x1f(?:\$(?:\x01(?:[\x01\x02][^\x00-\x1f]{0,%d})?)?)?\Z" % (columns - 1)
            ),
        )
        self.columns = columns
        self.lines: tuple[str, str] = ("", "")
        """Upper and lower, without the spaces at their ends."""

    def clear(self) -> None:
        """Be dark."""
        self.lines = ("", "")

    def obey(self, command: re.Match[bytes]) -> None:
        """Show one line; ESC @ and CLR clear both."""
        line = command["line"] or command["row"]
        if line is None:
            self.clear()
        else:
            data = command["text"] if command["row"] is None else command["cells"]
            text = data.decode("gb18030", "replace").rstrip(" ")
            self._show(text, is_upper=line in (b"A", b"\x01"))
            if columns_of(text) > self.columns:
                self.unknown.append(command[0])

    def _show(self, text: str, *, is_upper: bool) -> None:
        upper, lower = self.lines
        self.lines = (text, lower) if is_upper else (upper, text)


async def _watch(path: Path) -> None:
    async with VirtualDisplay().running(path) as display:
        print(f"customer display: serial:{path}", flush=True)
        shown = display.lines
        while True:
            await display.until(lambda: display.lines != shown)  # noqa: B023  # awaited at once
            shown = display.lines
            print("\n".join(f"|{line}" for line in shown), flush=True)


if __name__ == "__main__":
    asyncio.run(_watch(Path(sys.argv[1])))
