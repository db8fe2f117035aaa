"""AIM symbology identifiers (ISO/IEC 15424): what a scanner says of the symbol that it read.

`]`, a letter for the symbology, a modifier for what the scanner did. A keyboard with Caps Lock on
swaps the letter's case; only `]e` and `]E` mean different things then, and what is read tells them
apart.
"""

import re
from enum import Enum

_IDENTIFIER = re.compile(r"\][A-Za-z][0-9A-Za-z]", re.ASCII)

_EAN = {"]E1": "ADD_ON", "]E2": "ADD_ON", "]E3": "EAN_WITH_ADD_ON", "]E4": "EAN_8"}
_GS1 = re.compile(r"\]([cC]1|[dD][25]|[qQ][34]|[jJ][14]|z[147Aa]|K1|T1|O5|e.)\Z")
"""FNC1 in the first place, and GS1 DataBar with its composites."""
_MATRIX = "DdQqJjUuzhLg"
_ECI = re.compile(r"\]([dD][456]|[qQ][246]|[jJ][345]|z[3459]|L[1]|h[1])\Z")
"""The scanner escapes extended channel interpretations: `\\000026` before UTF-8, `\\` doubled."""
_ESCAPED = re.compile(r"\\(?:(\\)|[0-9]{6})")


class Carrier(Enum):
    """The kind of symbol that was read, as far as it tells codes apart."""

    UNKNOWN = "unknown"
    """The scanner says nothing."""
    EAN = "ean"
    """EAN-13, UPC-A or UPC-E."""
    EAN_8 = "ean-8"
    EAN_WITH_ADD_ON = "ean-with-add-on"
    ADD_ON = "add-on"
    """The two or five digits beside a bar code, alone."""
    ITF = "itf"
    """Interleaved 2 of 5, such as ITF-14 on cases."""
    ITF_WITHOUT_CHECK = "itf-without-check"
    """The same; the scanner took its check digit off."""
    GS1 = "gs1"
    """GS1 element strings: GS1-128, DataBar, GS1 DataMatrix, GS1 QR Code, GS1 DotCode."""
    MATRIX = "matrix"
    """QR Code and whatever else has two dimensions, with no GS1 elements."""
    OTHER = "other"
    """Whatever else: Code 128, Code 39 …"""

    @property
    def may_hold_payment(self) -> bool:
        """Whether a customer's payment code may come in it: those are Code 128 and QR Code."""
        return self in (Carrier.UNKNOWN, Carrier.MATRIX, Carrier.OTHER)

    @property
    def may_hold_label(self) -> bool:
        """Whether a scale's label may come in it: those are EAN-13, Code 128 and ITF."""
        return self in (Carrier.UNKNOWN, Carrier.EAN, Carrier.EAN_8, Carrier.ITF, Carrier.OTHER)


def split(scanned: str) -> tuple[Carrier, str]:
    """Return what the identifier in front of `scanned` says, and the rest."""
    match = _IDENTIFIER.match(scanned)
    if match is None:
        return Carrier.UNKNOWN, scanned
    identifier, rest = match[0], scanned[match.end() :]
    if _ECI.match(identifier):
        rest = _ESCAPED.sub(r"\1", rest)
    return _carrier(identifier), rest


def _carrier(identifier: str) -> Carrier:
    if identifier.startswith("]E"):
        return Carrier[_EAN.get(identifier, "EAN")]
    if identifier[1] in "Ii":
        return Carrier.ITF_WITHOUT_CHECK if identifier[2] == "3" else Carrier.ITF
    if _GS1.match(identifier):
        return Carrier.GS1
    return Carrier.MATRIX if identifier[1] in _MATRIX else Carrier.OTHER
