#!/usr/bin/env bash
# python-escpos 3.1: paper_status() says 2 ("paper is adequate") of a printer that does not answer at
# all, such as one that is off, or busy with another computer; is_online() says False of the same
# silence. A check for paper before each receipt therefore passes on a printer that is not there.
#
# Output:
#   python-escpos 3.1
#   no reply: paper_status() = 2, is_online() = False
#   reply 0x7e (no paper): paper_status() = 0
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check python-escpos==3.1
"$dir/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from escpos.printer import Dummy


class Answering(Dummy):
    """Takes everything, and answers what it is given to answer."""

    reply = b""

    def _read(self) -> bytes:
        return self.reply


print("python-escpos", version("python-escpos"))
printer = Answering()
silent = printer.paper_status(), printer.is_online()
print(f"no reply: paper_status() = {silent[0]}, is_online() = {silent[1]}")
printer.reply = b"\x7e"
out = printer.paper_status()
print(f"reply 0x7e (no paper): paper_status() = {out}")
raise SystemExit((silent, out) != ((2, False), 0))
PYTHON
