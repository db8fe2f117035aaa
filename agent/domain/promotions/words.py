"""Why a promotion was not applied and what is missing, and what is wrong with a book, in words."""

from typing import Any

from agent.domain.money import yuan
from agent.domain.outcome import Sentence
from agent.domain.promotions.mistake_words import MISTAKES
from agent.domain.promotions.offered import Why
from agent.domain.promotions.priced import NotApplied, Priced
from agent.domain.promotions.review import Mistake

_WHY: dict[Why, Sentence] = {
    Why.NOT_STARTED: Sentence("{starts} 开始", "begins {starts}"),
    Why.ENDED: Sentence("已于 {ends} 结束", "ended {ends}"),
    Why.NOT_TODAY: Sentence("今天不适用", "not on this day of the week"),
    Why.NOT_NOW: Sentence("此时段不适用（{hours}）", "not at this time of the day ({hours})"),
    Why.WRONG_CHANNEL: Sentence("此渠道不适用", "not for this channel"),
    Why.WRONG_STORE: Sentence("本店不适用", "not in this store"),
    Why.MEMBER_REQUIRED: Sentence("会员专享", "for members"),
    Why.WRONG_TIER: Sentence("限 {tiers} 会员", "for the tiers {tiers}"),
    Why.NOT_BIRTHDAY_MONTH: Sentence("仅生日当月", "only in the month of birth"),
    Why.NOT_FIRST_PURCHASE: Sentence("仅限首单", "only with the first purchase"),
    Why.COUPON_REQUIRED: Sentence("须出示优惠券", "only with a coupon of it"),
    Why.PASSPHRASE_REQUIRED: Sentence("须报暗号", "only with its passphrase"),
    Why.COUPON_EXPIRED: Sentence("优惠券已过期", "the coupon has expired"),
    Why.UNKNOWN_PROMOTION: Sentence("没有这个活动的优惠券", "no promotion has such coupons"),
    Why.NEEDS_OTHER_COUPON: Sentence(
        "须同时使用{channel}优惠券", "only beside an {channel} coupon that is used"
    ),
    Why.LIMIT_REACHED: Sentence("本店已达使用次数", "used as often as it may be, by this store"),
    Why.NO_MATCHING_ITEM: Sentence("没有适用的商品", "nothing in the basket is in it"),
    Why.MIN_SPEND_NOT_MET: Sentence("再买 ¥{short} 可用", "¥{short} more and it applies"),
    Why.PIECES_MISSING: Sentence("还差 {short} 件", "{short} more pieces are needed"),
    Why.SET_INCOMPLETE: Sentence("套餐还差：{missing}", "the set lacks: {missing}"),
    Why.GIFT_NOT_IN_BASKET: Sentence("可选赠品：{gift}", "may take one of: {gift}"),
    Why.NOTHING_OFF: Sentence("没有可减的金额", "there is nothing to take off"),
    Why.NOT_STACKABLE: Sentence("不可与 {beside} 同用", "may not stand beside {beside}"),
    Why.COUPON_LIMIT: Sentence(
        "每单最多 {limit} 张优惠券，线上线下各有限额",
        "at most {limit} coupons an order, and so many of a channel",
    ),
    Why.BETTER_WITHOUT: Sentence("不用它更划算", "the customer pays no more without it"),
}
_MORE_OFF = Sentence("再买 ¥{short} 可减 ¥{off}", "¥{short} more and ¥{off} are taken off")
_MORE_OFF_SHORT = Sentence("再买{short}减{off}元", "{short} MORE: -{off}")
"""For a display of 20 columns, up to four digits of yuan each."""
_CHANNELS = {"online": Sentence("线上", "online"), "offline": Sentence("线下", "offline")}


def why(not_applied: NotApplied) -> Sentence:
    """Return the reason in both languages, with what is missing."""
    return _filled(not_applied.why, not_applied.detail)


def nudge(priced: Priced) -> Sentence | None:
    """Return one line for the customer: the promotion that is nearest, and what it brings."""
    nearest = _nearest(priced)
    return why(nearest) if nearest else None


def nudge_short(priced: Priced) -> Sentence | None:
    """Return the same for a customer display."""
    nearest = _nearest(priced)
    return _with_gaps(_MORE_OFF_SHORT, nearest.detail) if nearest else None


def _nearest(priced: Priced) -> NotApplied | None:
    """Of equally near ones, the one that brings more."""
    near = [
        one
        for one in priced.not_applied
        if one.why is Why.MIN_SPEND_NOT_MET and "off_fen" in one.detail
    ]
    return min(near, key=_by_distance, default=None)


def _by_distance(one: NotApplied) -> tuple[int, int, str]:
    return one.detail["short_fen"], -one.detail["off_fen"], one.promotion


def mistake_words(mistake: Mistake) -> Sentence:
    """Return what is wrong with a book, in both languages."""
    chinese = MISTAKES[mistake.text]
    if not mistake.gaps:
        return Sentence(chinese, mistake.text)
    return Sentence(chinese.format_map(mistake.gaps), mistake.text.format_map(mistake.gaps))


def _filled(reason: Why, detail: dict[str, Any]) -> Sentence:
    if not detail:
        return _WHY[reason]
    more = reason is Why.MIN_SPEND_NOT_MET and "off_fen" in detail
    return _with_gaps(_MORE_OFF if more else _WHY[reason], detail)


def _with_gaps(sentence: Sentence, detail: dict[str, Any]) -> Sentence:
    return Sentence(
        sentence.zh_cn.format_map(_gaps(detail, chinese=True)),
        sentence.en.format_map(_gaps(detail, chinese=False)),
    )


def _gaps(detail: dict[str, Any], *, chinese: bool) -> dict[str, str]:
    gaps: dict[str, str] = {}
    for name, value in detail.items():
        if name.endswith("_fen"):
            gaps[name.removesuffix("_fen")] = yuan(value).removesuffix(".00")
        elif isinstance(value, list):
            gaps[name] = ("、" if chinese else ", ").join(map(str, value))
        elif value in _CHANNELS:
            gaps[name] = _CHANNELS[value].zh_cn if chinese else _CHANNELS[value].en
        else:
            gaps[name] = str(value)
    return gaps
