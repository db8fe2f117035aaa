"""The practice sheet: codes for who learns to sell, scanned from the paper in training mode."""

from collections.abc import Sequence

from agent.domain.money import yuan
from agent.domain.printing.letterhead import Letterhead, paper
from agent.domain.printing.printout import Element, Printout, Qr, Rule, Text

UNKNOWN_CODE = "PRACTICE-0000"
"""A coupon that no store knows: it shows the red verdict."""


def practice_sheet(letterhead: Letterhead, goods: Sequence[tuple[str, str, int]]) -> Printout:
    """Return the sheet with the codes of `goods`: bar code's digits, name, fen."""
    elements: tuple[Element, ...] = (
        Text(text="1. 登录时勾选“培训模式”。Sign in with Training."),
        Text(text="2. 扫下面的商品。Scan these articles."),
        *(Qr(data=digits, caption=f"{name} ￥{yuan(fen)}") for digits, name, fen in goods),
        Rule(),
        Text(text="3. 扫这张不能用的券，屏幕变红。Scan this coupon that is no good: red."),
        Qr(data=UNKNOWN_CODE, caption="无效的优惠券 not valid"),
        Rule(),
        Text(text="4. 点“收款”，再点顾客给的金额。Touch Pay, then what was given."),
        Text(text="5. 看找零，按回车，下一位。See the change, press Enter."),
    )
    return paper(letterhead, "练习单 PRACTICE", elements)
