"""What was scanned: clean the scanner's bytes and tell payment codes from everything else."""

import re

from agent.domain.barcodes.elements import GROUP_SEPARATOR
from agent.domain.barcodes.separators import with_separators
from agent.domain.barcodes.symbology import Carrier, split

MAX_CODE_BYTES = 1_024
"""Longer scans are noise."""

DAMAGED = "\N{REPLACEMENT CHARACTER}"
"""Stands where a part of a code did not come through, as drivers and till page know: such a code is
nobody's, whatever its rest may look like."""

_EDGES = "\r\n\t " + "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"
"""Line ends, blanks, and what nobody sees that comes along when a code is copied."""
_BLANKS = re.compile(r"[^\S\x09-\x0d\x1c-\x1f\x85\u2028\u2029]")
"""Blanks of any width: those of full width are typed with a Chinese keyboard."""
_WECHAT = re.compile(r"1[0-5]\d{16}\Z", re.ASCII)
"""WeChat Pay 付款码: 18 digits, beginning 10-15 (pay.weixin.qq.com, micropay)."""
_ALIPAY = re.compile(r"(2[5-9]|30)\d{14,22}\Z", re.ASCII)
"""Alipay 付款码: 16-24 digits, beginning 25-30 (opendocs.alipay.com, alipay.trade.pay)."""
_UNIONPAY = re.compile(r"62\d{17}\Z", re.ASCII)
"""UnionPay QR 付款码: 19 digits, beginning 62."""


class CodeError(ValueError):
    """What was scanned can't be a code; `code` is stable."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def read(scanned: str) -> tuple[Carrier, str]:
    """Return what the scanner says of the symbol, and the code: without what the scanner adds to it
    (AIM identifier, line end), case kept.

    Raises CodeError when it is empty, longer than MAX_CODE_BYTES or holds a control character.
    """
    carrier, code = split(_BLANKS.sub(" ", scanned).strip(_EDGES))
    code = with_separators(carrier, code)
    if not code:
        raise CodeError("code_empty", "the code is empty")
    if len(code.encode("utf-8", "surrogatepass")) > MAX_CODE_BYTES:
        raise CodeError("code_too_long", f"a code has at most {MAX_CODE_BYTES} bytes")
    if not code.replace(GROUP_SEPARATOR, "").isprintable():
        raise CodeError("code_charset", "the code holds characters that can't be printed")
    return carrier, code


def clean(scanned: str) -> str:
    """Return the code in `scanned`; raise CodeError as `read` does."""
    return read(scanned)[1]


def is_payment_code(code: str) -> bool:
    """Tell whether `code` is a customer's payment code: money, never a coupon, never stored."""
    return any(form.match(code) for form in (_WECHAT, _ALIPAY, _UNIONPAY))
