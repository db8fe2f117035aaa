"""What the page says, in Chinese and English."""

from collections.abc import Mapping
from typing import Final

LANGUAGES: Final = ("zh-CN", "en")
"""The first where a browser asks for neither."""

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "zh-CN": {
        "title": "我的优惠券",
        "none": "目前没有可用的优惠券。",
        "all_stores": "全国门店可用",
        "one_store": "仅限门店 {store}",
        "until": "有效期至 {at}",
        "from": "{at} 起可用",
        "used": "已于 {at} 在门店 {store} 使用",
        "over": "已失效",
        "at_counter": "请在收银台使用",
        "show": "到店出示",
        "store": "您所在的门店",
        "store_hint": "门店号，见收银台",
        "bound": "请让收银员扫描",
        "bound_in": "限门店 {store}，{at} 前有效，还剩 {minutes} 分钟",
        "bound_hint": "门店断网时同样可用。未使用会自动退回。",
        "back": "返回",
        "other_language": "English",
        "expires": "本页面链接 {at} 前有效",
        "link_over": "链接已失效",
        "link_over_hint": "请在会员中心重新打开。",
        "too_many": "操作太频繁",
        "too_many_hint": "请稍后再试。",
        "later": "暂时无法打开",
        "later_hint": "请稍后再试，或请收银员帮忙。",
        "refused": "未能出示",
        "not_yours": "这里没有这张优惠券。",
        "not_open": "这张优惠券现在不能使用。",
        "elsewhere": "这张优惠券正在另一家门店使用，结束后会自动退回。",
        "no_such_store": "没有这家门店，请核对门店号。",
        "other_store": "这张优惠券只能在另一家门店使用。",
    },
    "en": {
        "title": "My coupons",
        "none": "There is no coupon that you can use at the moment.",
        "all_stores": "Good in every store",
        "one_store": "Good in store {store} only",
        "until": "Valid until {at}",
        "from": "Valid from {at}",
        "used": "Used at {at} in store {store}",
        "over": "No longer valid",
        "at_counter": "To be used at the counter",
        "show": "Show it in a store",
        "store": "The store where you are",
        "store_hint": "Store number, see the till",
        "bound": "Let the cashier scan it",
        "bound_in": "In store {store} until {at}, {minutes} minutes left",
        "bound_hint": "It works while the store is offline, too. Unused, it comes back by itself.",
        "back": "Back",
        "other_language": "中文",
        "expires": "This link is good until {at}",
        "link_over": "This link is no longer good",
        "link_over_hint": "Open it anew from your member page.",
        "too_many": "Too often",
        "too_many_hint": "Try again in a moment.",
        "later": "Not available right now",
        "later_hint": "Try again in a moment, or ask the cashier.",
        "refused": "It can't be shown",
        "not_yours": "There is no such coupon here.",
        "not_open": "This coupon can't be used now.",
        "elsewhere": "This coupon is in use in another store; if not, it comes back by itself.",
        "no_such_store": "There is no such store: check its number.",
        "other_store": "This coupon is good in another store only.",
    },
}


def language_of(asked: str, accepted: str) -> str:
    """Return the language that a visitor wants: `asked` in the address, or by the header
    Accept-Language."""
    if asked in LANGUAGES:
        return asked
    for part in accepted.split(","):
        wanted = part.partition(";")[0].strip().lower()[:2]
        found = next((name for name in LANGUAGES if name.lower().startswith(wanted)), None)
        if wanted and found:
            return found
    return LANGUAGES[0]
