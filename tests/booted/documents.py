"""The command blocks of the guide for store IT, with where each of them is run.

A block's mark is a comment before it, which readers of the page don't see:

    <!-- run: store -->     on the store PC, as root, in a directory that holds the packages
    <!-- run: hq -->        at head office
    <!-- not run: why -->   asks on a terminal, names what only a real store has, …
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_DOCS = Path(__file__).parents[2] / "docs"
_ORDER = ("install", "fleet", "devices", "labels", "backup", "monitoring", "head-office")
"""These first, the others after them; last of all `update`, at whose end the package is removed."""
_LAST = "update"
_MARK = re.compile(r"<!-- (?:run: (?P<where>store|hq)|not run: (?P<why>.+)) -->")
_COMMAND = re.compile(
    r"(apt|apt-get|as_agent|as_hq|chmod|chown|cp|curl|df|dpkg|install|journalctl|ls|mkdir|mount|mv"
    r"|openssl|pip|promtool|python3|rm|runuser|ss|store-agent|store-hq|sudo|systemctl|udevadm)\b"
)
"""First words by which a block is told from settings and from what a command prints."""
_INDENT = "    "


@dataclass(frozen=True, kw_only=True)
class Block:
    """A block of commands."""

    file: str
    line: int
    """Of its first command, from 1."""
    commands: str
    where: str
    """store or hq; empty: it is not run."""
    why_not: str
    """Why it is not run; empty, without `where` too: it bears no mark."""


def blocks() -> list[Block]:
    """All command blocks of docs/store-it.md and docs/store-it/, in the order to run them."""
    pages = sorted((_DOCS / "store-it").glob("*.md"), key=_place)
    return [block for page in [_DOCS / "store-it.md", *pages] for block in _of_page(page)]


def settings(page: str, start: str) -> str:
    """The block of settings in docs/`page` that begins with the line `start`."""
    lines = (_DOCS / page).read_text().splitlines()
    for at, line in enumerate(lines):
        if line == f"{_INDENT}{start}":
            return "\n".join(_block_at(lines, at)) + "\n"
    raise LookupError(f"{page} has no block that begins with {start}")


def _place(page: Path) -> tuple[bool, int, str]:
    known = _ORDER.index(page.stem) if page.stem in _ORDER else len(_ORDER)
    return page.stem == _LAST, known, page.stem


def _of_page(page: Path) -> Iterator[Block]:
    lines = page.read_text().splitlines()
    mark = None
    at = 0
    while at < len(lines):
        if found := _MARK.fullmatch(lines[at].strip()):
            mark = found
        elif inside := _block_at(lines, at):
            if _is_commands(inside):
                yield Block(
                    file=str(page.relative_to(_DOCS.parent)),
                    line=at + 1,
                    commands="\n".join(inside) + "\n",
                    where=(mark and mark["where"]) or "",
                    why_not=(mark and mark["why"]) or "",
                )
            mark = None
            at += len(inside)
            continue
        elif lines[at].strip():
            mark = None
        at += 1


def _block_at(lines: Sequence[str], at: int) -> list[str]:
    """The lines of the indented block that begins here, without their indent; none: no block."""
    if (at and lines[at - 1].strip()) or not lines[at].startswith(_INDENT):
        return []
    inside = []
    for line in lines[at:]:
        if line.strip() and not line.startswith(_INDENT):
            break
        inside.append(line.removeprefix(_INDENT))
    while not inside[-1].strip():
        inside.pop()
    return inside


def _is_commands(lines: Sequence[str]) -> bool:
    return any(_COMMAND.match(line) for line in lines)
