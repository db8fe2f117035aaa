"""The coupon on a receipt, for the customer's next visit: its code, and the terms that it has."""

from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.money import yuan
from agent.domain.printing.letterhead import Letterhead, moment
from agent.domain.printing.printout import Element, Qr, Text


class CouponGiven(Struct, frozen=True, kw_only=True):
    """A coupon that the customer takes along."""

    campaign: str
    token: str
    """What its QR code says; empty on a copy: it is on the first paper only."""
    not_before: Millis | None = None
    expires: Millis | None = None
    """First instant at which it can't be used any more."""
    min_fen: int = 0
    some_articles: bool = False
    store: str | None = None
    """The only store that takes it."""
    stackable: bool = True


def coupon_lines(letterhead: Letterhead, coupon: CouponGiven, at: Millis) -> tuple[Element, ...]:
    """Return the coupon as on the receipt of `at`; a copy only names it, so that it is handed out
    once."""
    if not coupon.token:
        return (Text(text=f"赠券 {coupon.campaign}：见首张小票", align="center"),)
    terms = (*_dates(letterhead, coupon, at), *_conditions(letterhead, coupon))
    return (
        Qr(data=coupon.token, caption=f"赠券 {coupon.campaign}"),
        *(Text(text=term, align="center") for term in terms),
    )


def _dates(letterhead: Letterhead, coupon: CouponGiven, at: Millis) -> tuple[str, ...]:
    """To the minute, the last one that is good in whole."""
    begins: tuple[str, ...] = ()
    if coupon.not_before is not None and coupon.not_before > at:
        begins = (f"{moment(letterhead, coupon.not_before)[:16]} 起可用",)
    if coupon.expires is None:
        return begins
    last = moment(letterhead, Millis(coupon.expires - 1))[:16]
    return (*begins, f"有效期至 {last}")


def _conditions(letterhead: Letterhead, coupon: CouponGiven) -> tuple[str, ...]:
    where = "本店" if coupon.store == letterhead.store else f"门店{coupon.store}"
    told = (
        (coupon.min_fen > 0, f"满{yuan(coupon.min_fen)}元可用"),
        (coupon.some_articles, "限指定商品"),
        (coupon.store is not None, f"限{where}使用"),
        (not coupon.stackable, "不与其他优惠券同用"),
    )
    return tuple(text for holds, text in told if holds)
