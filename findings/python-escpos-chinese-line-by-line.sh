#!/usr/bin/env bash
# python-escpos 3.1: text() takes the character set of a whole string from whether it holds one
# character of U+4E00 to U+9FA5. Of a receipt, the line 合计￥12.80 is right and the line ￥12.80 comes
# out as ?12.80: the sum without its sign, though GB18030, which it uses in the other line, has it.
# ①, 。 and （） alone in a line likewise. The same character is printed or lost by its neighbours.
#
# Output:
#   python-escpos 3.1
#   '合计￥12.80' -> bacfbcc6a3a431322e3830
#   '￥12.80' -> 1b74003f31322e3830
#   '①' -> 1b74003f
#   '（）' -> 1b74003f3f
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check python-escpos==3.1
"$dir/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

from escpos.printer import Dummy


def sent(text: str) -> bytes:
    printer = Dummy()
    printer.text(text)
    print(f"{text!r} -> {printer.output.hex()}")
    return printer.output


print("python-escpos", version("python-escpos"))
beside_chinese = sent("合计￥12.80")
alone = [sent(text) for text in ("￥12.80", "①", "（）")]
right = "￥".encode("gb18030") in beside_chinese
raise SystemExit(not right or any(b"?" not in data for data in alone))
PYTHON
