"""GS in disguise: scanners that can't type a control character write its name in its place."""

import re

from agent.domain.barcodes.elements import GROUP_SEPARATOR
from agent.domain.barcodes.symbology import Carrier

_DISGUISE = r"(?:[{<\[](?:GS|FNC1)[}>\]]|\^\]|\u241d|\\x1[dD])"
"""{GS}, <GS>, [GS], the same with FNC1, ^] (caret notation), ␝ (Unicode's picture of it), \\x1D."""
_ANY = re.compile(_DISGUISE)
_ELEMENTS_FIRST = re.compile(rf"{_DISGUISE}?[(\[]?[0-9]{{2}}")
"""A GS1 code begins with an application identifier, of two digits at least."""


def with_separators(carrier: Carrier, code: str) -> str:
    """Return a GS1 code with GS where the scanner wrote its name; any other code as it is."""
    if carrier is Carrier.GS1 or _ELEMENTS_FIRST.match(code):
        return _ANY.sub(GROUP_SEPARATOR, code)
    return code
