#!/usr/bin/env bash
# biip 5.2.0: eight digits that check both as GTIN-8 and as UPC-E name two different articles, and
# biip.parse() answers with both at once, without an error: `gtin` is one and `upc` the other,
# although for any other UPC-E `gtin` is the number behind `upc`. Who reads `gtin` alone sells the
# wrong one of the two.
#
# Output:
#   biip 5.2.0
#   04252614: gtin 00042100005264, upc 00042100005264
#   01245714: gtin 00000001245714, upc 00012100004574
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check biip==5.2.0
"$dir/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import biip

print("biip", version("biip"))
said = {}
for code in ("04252614", "01245714"):
    result = biip.parse(code)
    said[code] = (result.gtin.as_gtin_14(), result.upc.as_upc_a().zfill(14))
    print(f"{code}: gtin {said[code][0]}, upc {said[code][1]}")
one, other = said.values()
raise SystemExit(one[0] != one[1] or other[0] == other[1])
PYTHON
