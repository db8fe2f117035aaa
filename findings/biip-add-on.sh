#!/usr/bin/env bash
# biip 5.2.0: an EAN-13 with its add-on (a magazine with its issue, AIM identifier ]E3: 13 digits and
# 2 or 5 in one message, ISO/IEC 15424) has no GTIN for biip.parse(). The identifier is known as one
# of those that hold a GTIN, but the digits of the add-on are taken for digits of the GTIN.
#
# Output:
#   biip 5.2.0
#   EAN_13_WITH_ADD_ON may hold a GTIN: True
#   ]E09771234567898 -> 09771234567898
#   ]E3977123456789805 -> None: Failed to parse '977123456789805' as GTIN: Expected 8, 12, 13, or 14 digits, got 15.
#   ]E3977123456789851234 -> None: Failed to parse '977123456789851234' as GTIN: Expected 8, 12, 13, or 14 digits, got 18.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check biip==5.2.0
"$dir/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import biip
from biip.symbology import GS1Symbology

print("biip", version("biip"))
listed = GS1Symbology.EAN_13_WITH_ADD_ON in GS1Symbology.with_gtin()
print("EAN_13_WITH_ADD_ON may hold a GTIN:", listed)
plain = biip.parse("]E09771234567898")
print("]E09771234567898 ->", plain.gtin.as_gtin_14())
both = [biip.parse("]E3" + digits) for digits in ("977123456789805", "977123456789851234")]
for result in both:
    print(result.value, "->", f"{result.gtin}: {result.gtin_error}")
raise SystemExit(not listed or any(result.gtin is not None for result in both))
PYTHON
