"""From what was heard to the settings that read it right, and to what has to be set on the scanner.

Nothing is taken for right that the scanner's own driver does not read right with these settings.
"""

import re
import unicodedata

from msgspec import Struct, structs

from agent.domain.coupons.codes import DAMAGED, clean
from agent.ops.calibration.probes import CHINESE, PLAIN, SEPARATED
from drivers.scanner.heard import Heard
from drivers.scanner.options import MAX_IDLE_MS, CodeEncoding, ScannerOptions

MAX_MARK_CHARS = 8
"""Of prefix and suffix in the settings."""
MIN_IDLE_MS = 50
IDLE_GAPS = 3
"""The silence that ends a code is so many times the longest gap inside one."""

_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]\Z", re.ASCII)
_LINE_ENDS = "\r\n\t"
_CODE_ENCODINGS: tuple[CodeEncoding, ...] = ("utf-8", "gb18030")


class NotReadableError(Exception):
    """The first code can't be found in what came: no setting of ours mends that."""


class Conclusion(Struct, frozen=True, kw_only=True):
    """What to write into the settings, and what to know or to do beside."""

    options: ScannerOptions
    remarks: tuple[str, ...]


def conclude(plain: Heard, separated: Heard | None, chinese: Heard | None) -> Conclusion:
    """Return what was found out; None: that code was not read. Raise NotReadableError."""
    options, remarks = _ends(plain)
    encoding = _encoding(chinese)
    if encoding:
        options = structs.replace(options, encoding=encoding)
    if chinese is None:
        remarks.append("Chinese was not tried: encoding stays auto.")
    elif not encoding:
        remarks.append(
            "Its Chinese can't be read: set it to send UTF-8 or GBK ('character set' or 'code "
            "page' in its handbook), then calibrate again."
        )
    remarks.append(_of_separator(separated, options))
    return Conclusion(options=options, remarks=tuple(remarks))


def _ends(plain: Heard) -> tuple[ScannerOptions, list[str]]:
    text = plain.text().replace("\0", "")
    before, found, after = text.partition(PLAIN.text)
    if not found:
        raise NotReadableError(_why_unreadable(plain, text))
    remarks = []
    if _AIM.search(before):
        remarks.append(f"It sends AIM identifiers ({before[-3:]}): good, they are understood.")
        before = before[:-3]
    options = ScannerOptions(
        prefix=_mark("prefix", before),
        suffix="" if _ends_by_itself(after) else _mark("suffix", after),
        idle_ms=0 if after else _idle_ms(plain),
    )
    if not after:
        remarks.append(
            "It sends nothing after a code, so that a silence has to end it. Better: set it to "
            "send Enter ('add CR suffix' in its handbook), then calibrate again."
        )
    if not all(code.endswith(PLAIN.text) for code in plain.codes(options)):
        raise NotReadableError(
            f"what it sends around a code can't be told from the code: {before!r} before, "
            f"{after!r} after it. Set it to send nothing before a code, and Enter after it"
        )
    return options, remarks


def _ends_by_itself(after: str) -> bool:
    """Whether it is what ends a code without a setting: a line end amid control characters."""
    return any(end in after for end in _LINE_ENDS) and all(
        unicodedata.category(char) == "Cc" for char in after
    )


def _mark(name: str, text: str) -> str:
    if not text.isascii() or len(text) > MAX_MARK_CHARS:
        raise NotReadableError(
            f"it sends {text!r} as {name}; the settings take at most {MAX_MARK_CHARS} ASCII "
            "characters. Set a shorter one on the scanner, or none"
        )
    return text


def _idle_ms(plain: Heard) -> int:
    return min(max(MIN_IDLE_MS, IDLE_GAPS * plain.longest_gap_ms), MAX_IDLE_MS)


def _encoding(chinese: Heard | None) -> CodeEncoding | None:
    """The one encoding in which the code is what it is."""
    if chinese is None:
        return None
    fit = [one for one in _CODE_ENCODINGS if CHINESE.text in chinese.text(one)]
    return fit[0] if len(fit) == 1 else None


def _of_separator(separated: Heard | None, options: ScannerOptions) -> str:
    if separated is None:
        return "GS was not tried."
    codes = separated.codes(options)
    if any(SEPARATED.text in clean(code) for code in codes if code.strip()):
        return "It sends GS, the separator of GS1 codes, so that it is understood."
    if any(DAMAGED in code for code in codes):
        return (
            "It sends GS, the separator of GS1 codes, in a way that can't be understood: codes "
            "with it count as damaged. Set it to send GS as Ctrl+] or Alt+029 ('control "
            "characters')."
        )
    return (
        "It drops GS, the separator of GS1 codes: batch and serial numbers run together. Set it to "
        "send control characters ('function code', 'transmit GS' in its handbook), then calibrate "
        "again."
    )


def _why_unreadable(plain: Heard, text: str) -> str:
    if PLAIN.text in text.swapcase():
        return "it turns capitals into small letters and back: set 'Caps Lock off' on it"
    if PLAIN.text.lower() in text.lower():
        return "it changes letters: set 'no case conversion' on it"
    if plain.is_typed:
        return (
            f"it typed {text!r}: it is set to another keyboard than that of the US. Scan 'USA' "
            "under 'keyboard country' in its handbook"
        )
    return f"it sent {plain.data[:40]!r}: look at the baud rate in its address, and on the scanner"
