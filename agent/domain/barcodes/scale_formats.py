"""How the settings name the formats of scale labels: place by place, or by a maker's preset."""

import re

from agent.domain.barcodes.scale_label import prefix_of

PRESETS = {
    "dahua-price": "??IIIIIPPPPPC",
    "dahua-weight": "??IIIIIWWWWWC",
    "dahua-price-weight": "??IIIIIPPPPPWWWWWC",
    "dahua-weight-price": "??IIIIIWWWWWPPPPPC",
    "toledo-price": "?IIIIIIPPPPPC",
    "toledo-weight": "?IIIIIIWWWWWC",
    "toledo-price-weight": "??IIIIIPPPPPWWWWWC",
    "digi-price": "??IIIIIPPPPPC",
    "digi-weight": "??IIIIIWWWWWC",
    "digi-price-6": "??IIIIIIPPPPC",
    "digi-price-check": "??IIIIIVPPPPC",
    "digi-price-weight": "??IIIIIPPPPPWWWWWC",
}
"""Presets of 大华 (Dahua), 托利多 (Mettler Toledo) and 寺冈 (DIGI), from makers' manuals (大华 TM:
FFWWWWWEEEEEC, FFWWWWWEEEEENNNNNC …; DIGI SM: F1F2 CCCCC XXXXX CD, PC/D) and POS vendors' guides.
`?` stands for the prefix, which is set at the scale."""

MAX_FORMATS = 20
_PLACES = range(8, 25)
_FORM = re.compile(r"(2[0-9]?|0[24])[IPWVX]+C?")
_ENTRY = re.compile(r"([a-z0-9-]+):([0-9]{1,2})")
_CHECKED = re.compile(r"(V(P{4,5}|W{4,5})(?![PW])|(?<![PW])(P{4,5}|W{4,5})V)")
_LIKE_PAYMENT = re.compile(r"2[5-9]?[IPWVX]{14,22}")
"""Alipay's payment codes: 16-24 digits that begin with 25 to 30."""
_MAX_DIGITS = {"P": 8, "W": 6}
"""More would be a price or weight that no sale takes."""


def format_of(entry: str) -> str:
    """Return the format that an entry of the settings names, `entry` itself if it is no preset."""
    match = _ENTRY.fullmatch(entry)
    places = PRESETS.get(match[1]) if match else None
    if match is None or places is None or places.count("?") != len(match[2]):
        return entry
    return match[2] + places.lstrip("?")


def is_format(form: str) -> bool:
    """Whether `form` names places that a till can read."""
    return (
        _FORM.fullmatch(form) is not None
        and len(form) in _PLACES
        and "I" in form
        and all(form.count(letter) <= most for letter, most in _MAX_DIGITS.items())
        and ("V" not in form or (form.count("V") == 1 and _CHECKED.search(form) is not None))
        and not _LIKE_PAYMENT.fullmatch(form)
    )


def are_formats(entries: tuple[str, ...]) -> bool:
    """Whether every entry names a format, and no two of them the same labels."""
    forms = [format_of(entry) for entry in entries]
    kinds = {(prefix_of(form), len(form)) for form in forms}
    return len(kinds) == len(forms) and all(map(is_format, forms))
