"""The table of problem codes in docs/pos-integration.md.

`python -m tests.api.docs.problem_table` writes it anew after a change of
agent/api/docs/problem_pages.py.
"""

from pathlib import Path

from agent.api.docs.problem_pages import PAGES

DOCUMENT = Path(__file__).parents[3] / "docs" / "pos-integration.md"
_BEGIN, _END = "written by python -m tests.api.docs.problem_table -->\n", "<!-- end of codes -->"


def table() -> str:
    """Return the table as it has to be."""
    rows = (f"| `{code}` | {PAGES[code]} |\n" for code in sorted(PAGES))
    return "\n| code | what to do |\n|---|---|\n" + "".join(rows) + "\n"


def table_told() -> str:
    """Return the table as it stands in the document."""
    return _parts()[1]


def main() -> None:
    """Write the table into the document."""
    before, _, after = _parts()
    DOCUMENT.write_text(before + table() + after, "utf-8")


def _parts() -> tuple[str, str, str]:
    before, begin, rest = DOCUMENT.read_text("utf-8").partition(_BEGIN)
    told, end, after = rest.partition(_END)
    return before + begin, told, end + after


if __name__ == "__main__":
    main()
