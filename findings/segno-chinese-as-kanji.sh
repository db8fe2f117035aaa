#!/usr/bin/env bash
# segno 1.6.6: some short Chinese texts become a QR code of another text. 会员 (member) and 优惠
# (discount) can't be written in Shift_JIS, so that segno encodes them as UTF-8; then it takes these
# bytes for Shift_JIS, because each pair of them could be one (is_kanji looks at bytes, whatever
# encoding made them), and sets them in kanji mode. Every reader that keeps to ISO/IEC 18004 decodes
# 莨壼遭 and 莨俶Β. 优惠券, one character longer, comes out right: six, twelve … bytes are needed.
# With mode="byte", or content that holds one ASCII character, nothing of it happens.
#
# Output (read back by zxing-cpp 2.3.0):
#   segno 1.6.6
#   会员 -> 莨壼遭 (kanji)
#   优惠 -> 莨俶Β (kanji)
#   优惠券 -> 优惠券 (byte)
#   谢谢 -> 谢谢 (byte)
#   会员, mode="byte" -> 会员 (byte)
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check \
    segno==1.6.6 zxing-cpp==2.3.0 pillow==11.3.0
"$dir/venv/bin/python" - <<'PYTHON'
import io

import segno
import zxingcpp
from PIL import Image


def read_back(text: str, **how: str) -> tuple[str, str]:
    code = segno.make_qr(text, error="m", **how)
    picture = io.BytesIO()
    code.save(picture, kind="png", scale=4, border=4)
    (read,) = zxingcpp.read_barcodes(Image.open(picture))
    return read.text, code.mode


print("segno", segno.__version__)
read = {text: read_back(text) for text in ("会员", "优惠", "优惠券", "谢谢")}
for text, (seen, mode) in read.items():
    print(f"{text} -> {seen} ({mode})")
seen, mode = read_back("会员", mode="byte")
print(f'会员, mode="byte" -> {seen} ({mode})')
wrong = [text for text, (as_read, _) in read.items() if as_read != text]
raise SystemExit(wrong != ["会员", "优惠"] or seen != "会员")
PYTHON
