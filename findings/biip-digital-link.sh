#!/usr/bin/env bash
# biip 5.2.0: biip.parse() finds no GTIN in a GS1 Digital Link as scanners send it from the symbols
# that GS1 gives it, an ordinary QR Code (AIM identifier ]Q1) or Data Matrix (]d1): it looks for a
# link only behind ]Q3 and ]d2, which say that FNC1 comes first, as it never does in a link. Nor in
# a link in capitals, which is the same URI in a smaller QR Code (alphanumeric mode), although
# GS1DigitalLinkURI.parse() reads both.
#
# Output:
#   biip 5.2.0
#   https://id.gs1.org/01/06901234567892 -> 06901234567892
#   ]Q3https://id.gs1.org/01/06901234567892 -> 06901234567892
#   ]Q1https://id.gs1.org/01/06901234567892 -> None
#   ]d1https://id.gs1.org/01/06901234567892 -> None
#   HTTPS://ID.GS1.ORG/01/06901234567892 -> None
#   GS1DigitalLinkURI: HTTPS://ID.GS1.ORG/01/06901234567892 -> 06901234567892
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check biip==5.2.0
"$dir/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import biip
from biip.gs1_digital_link_uris import GS1DigitalLinkURI

LINK = "https://id.gs1.org/01/06901234567892"
EXPECTED = {LINK: "06901234567892", f"]Q3{LINK}": "06901234567892",
            f"]Q1{LINK}": None, f"]d1{LINK}": None, LINK.upper(): None}

print("biip", version("biip"))
seen = {code: biip.parse(code).gtin for code in EXPECTED}
told = {code: gtin and gtin.as_gtin_14() for code, gtin in seen.items()}
for code, gtin in told.items():
    print(code, "->", gtin)
direct = GS1DigitalLinkURI.parse(LINK.upper()).element_strings.get(ai="01").value
print("GS1DigitalLinkURI:", LINK.upper(), "->", direct)
raise SystemExit(told != EXPECTED or direct != "06901234567892")
PYTHON
