"""The outcome of a decision, with a stable reason and a sentence in both languages."""

from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any

from msgspec import Struct

from agent.base.clock import LAST_AT


class Outcome(StrEnum):
    """What the till may do now."""

    ACCEPTED = "accepted"
    """For certain: nobody else can use it."""
    ACCEPTED_AT_RISK = "accepted_at_risk"
    """Provisional: a chain-wide coupon that another store may have taken too."""
    NEEDS_ONLINE = "needs_online"
    """Only HQ can say; try again when the line is up."""
    NEEDS_SUPERVISOR = "needs_supervisor"
    """A soft limit is reached; a supervisor may approve."""
    REFUSED = "refused"
    """No; the reason says why."""

    @property
    def is_accepted(self) -> bool:
        """Whether the coupon counts on this sale."""
        return self in (Outcome.ACCEPTED, Outcome.ACCEPTED_AT_RISK)

    @property
    def is_at_risk(self) -> bool:
        """Whether HQ has yet to confirm it."""
        return self is Outcome.ACCEPTED_AT_RISK


class Reason(StrEnum):
    """Why the outcome is not plainly accepted; stable for integrators."""

    UNKNOWN_CODE = "unknown_code"
    DAMAGED_CODE = "damaged_code"
    """A part of the code did not come through from the scanner, or can be read in two ways."""
    BAD_SIGNATURE = "bad_signature"
    UNKNOWN_KEY = "unknown_key"
    NOT_A_COUPON = "not_a_coupon"
    PAYMENT_CODE = "payment_code"
    FOREIGN_COUPON = "foreign_coupon"
    """A coupon or refund receipt by GS1's numbers, of a maker or a platform."""
    ADD_ON_ALONE = "add_on_alone"
    """Only the two or five digits beside a bar code were read."""
    SEVERAL_ARTICLES = "several_articles"
    """The code has two right readings, and both are articles here."""
    NOT_THE_PIECE = "not_the_piece"
    """The bar code of a case, or of packs sold by measure; known here is only the piece."""
    MEASURE_UNUSABLE = "measure_unusable"
    """The code says a weight or price that the till can't sell by."""
    PAST_ITS_DATE = "past_its_date"
    """The code says a best-before, sell-by or expiry date that has passed."""
    SCALE_LABEL_NOT_SET = "scale_label_not_set"
    """A scale's label, whose format is in no setting."""
    SCALE_LABEL_MISREAD = "scale_label_misread"
    """A scale's label that is not what its format says."""
    SCALE_LABEL_ARTICLE = "scale_label_article"
    """A scale's label of an article that no scale weighs here."""
    WRONG_STORE = "wrong_store"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    ALREADY_USED = "already_used"
    UNKNOWN_CAMPAIGN = "unknown_campaign"
    NEEDS_UPDATE = "needs_update"
    """Head office's newest word on the coupon or its campaign is more than this version reads."""
    CAMPAIGN_NOT_STARTED = "campaign_not_started"
    CAMPAIGN_ENDED = "campaign_ended"
    MEMBER_REQUIRED = "member_required"
    NOT_THIS_MEMBER = "not_this_member"
    MIN_SPEND_NOT_MET = "min_spend_not_met"
    NO_MATCHING_ITEM = "no_matching_item"
    GIFT_NOT_IN_BASKET = "gift_not_in_basket"
    SET_INCOMPLETE = "set_incomplete"
    NOTHING_OFF = "nothing_off"
    """Its rule takes nothing off this basket; it stays unused."""
    PIECES_MISSING = "pieces_missing"
    NOT_STACKABLE = "not_stackable"
    BETTER_WITHOUT = "better_without"
    """It holds, and the customer pays no more without it; it stays unused."""
    NEEDS_OTHER_COUPON = "needs_other_coupon"
    NOT_AT_THIS_TIME = "not_at_this_time"
    """What it gives has other dates, days or hours."""
    NOT_FOR_THIS_CHANNEL = "not_for_this_channel"
    NOT_IN_THIS_STORE = "not_in_this_store"
    NOT_FOR_THIS_MEMBER = "not_for_this_member"
    """What it gives is for other tiers, the month of birth or the first purchase."""
    USED_OFTEN_ENOUGH = "used_often_enough"
    """This member, or this store today, has had it as often as it may be."""
    COUPON_LIMIT = "coupon_limit"
    LIMIT_REACHED = "limit_reached"
    CLASS_NEEDS_ONLINE = "class_needs_online"
    CHAIN_WIDE = "chain_wide"
    """Good in every store, and taken without head office's word."""
    CLAIMED = "claimed"
    """Good in every store, and taken with head office's word: no other store can take it."""
    CLAIMED_WHEN_USED = "claimed_when_used"
    """Good so far; head office is asked when it is used."""
    CLAIMED_ELSEWHERE = "claimed_elsewhere"
    """Head office has given it to another store, which may be taking it at this moment."""
    REVOCATIONS_STALE = "revocations_stale"
    """What head office has revoked is not known, or too long ago."""
    FEED_INCOMPLETE = "feed_incomplete"
    """This PC was not told everything by head office yet, as one that was replaced or restored: the
    coupon may have been used here before."""
    ARTICLE_WITHDRAWN = "article_withdrawn"
    """Of an article, not of a coupon: head office took it out of sale."""


class Sentence(Struct, frozen=True, rename={"zh_cn": "zh-CN"}):
    """One sentence for the cashier, in both languages."""

    zh_cn: str
    en: str


_OK = Sentence("可用。", "Good to use.")
_OK_RISK = Sentence("已接受，待总部确认。", "Accepted; head office has yet to confirm.")

_SENTENCES: dict[Reason, Sentence] = {
    Reason.UNKNOWN_CODE: Sentence("无法识别此码。", "This code is not known."),
    Reason.DAMAGED_CODE: Sentence(
        "扫码枪没有把此码完整传来，请再扫一次；"
        "多次如此，请 IT 校准扫码枪（store-agent devices calibrate）。",
        "The scanner did not send this code whole: scan it again. If it stays so, IT has to "
        "calibrate the scanner (store-agent devices calibrate).",
    ),
    Reason.BAD_SIGNATURE: Sentence(
        "此码被改动或伪造，不可使用。", "This code was altered or forged."
    ),
    Reason.UNKNOWN_KEY: Sentence(
        "此码的签发密钥不被认可。", "This code was signed by a key that does not count."
    ),
    Reason.NOT_A_COUPON: Sentence("这不是优惠券。", "This code is not a coupon."),
    Reason.PAYMENT_CODE: Sentence(
        "这是付款码，不是优惠券，请在收款处扫码。",
        "This is a payment code, not a coupon; scan it when paying.",
    ),
    Reason.FOREIGN_COUPON: Sentence(
        "这是厂商或平台的券码，不是本店的优惠券，不能核销。",
        "This is a coupon of a maker or a platform, not of this chain; it can't be taken.",
    ),
    Reason.ADD_ON_ALONE: Sentence(
        "只读到了条码旁边的附加码，请扫整个条码。",
        "Only the add-on beside the bar code was read; scan the whole bar code.",
    ),
    Reason.SEVERAL_ARTICLES: Sentence(
        "此码有两种读法，对应不同商品（{articles}），请按货号录入。",
        "This code can be read as different articles ({articles}); type the article's number.",
    ),
    Reason.NOT_THE_PIECE: Sentence(
        "这是“{article}”的{packaging}条码，不是单件：请扫单件的条码；"
        "要这样卖，请总部登记条码 {gtin}。",
        "This is the code of {packaging} of “{article}”, not of one piece: scan the piece. To sell "
        "it so, head office has to list {gtin}.",
    ),
    Reason.MEASURE_UNUSABLE: Sentence(
        "“{article}”的条码里带的重量或价格不能用：{fault}。请用秤重新打印标签，或请主管处理。",
        "The weight or price in the code of “{article}” can't be used: {fault}. Have a scale print "
        "a new label, or ask the supervisor.",
    ),
    Reason.PAST_ITS_DATE: Sentence(
        "“{article}”已于 {until} 到期，不能出售，请下架。",
        "“{article}” passed its date ({until}) and may not be sold; take it off the shelf.",
    ),
    Reason.SCALE_LABEL_NOT_SET: Sentence(
        "这像秤打印的条码，但没有设置前缀 {prefix} 的格式：请 IT 填写设置 [scale_labels] formats。",
        "This looks like a scale's label, but no format for prefix {prefix} is set: IT has to fill "
        "in [scale_labels] formats.",
    ),
    Reason.SCALE_LABEL_MISREAD: Sentence(
        "秤的条码与格式 {format} 不符：{fault}。请重扫或重新称重打印；总是这样，请 IT 核对设置 "
        "[scale_labels] formats。",
        "The scale's label does not fit the format {format}: {fault}. Scan again, or weigh and "
        "print again; if it stays so, IT has to check [scale_labels] formats.",
    ),
    Reason.SCALE_LABEL_ARTICLE: Sentence(
        "秤的条码里的商品 {article} 不是本店的称重商品（格式 {format}）。请核对货号，"
        "或请 IT 核对设置 [scale_labels] formats。",
        "The article {article} in the scale's label is not one that this store weighs (format "
        "{format}). Check its number, or IT has to check [scale_labels] formats.",
    ),
    Reason.WRONG_STORE: Sentence(
        "此券只能在门店 {store} 使用。", "This coupon is only good at store {store}."
    ),
    Reason.NOT_YET_VALID: Sentence("此券自 {at} 起可用。", "This coupon is good from {at}."),
    Reason.EXPIRED: Sentence("此券已于 {at} 过期。", "This coupon expired at {at}."),
    Reason.REVOKED: Sentence("此券已被总部作废。", "This coupon was revoked by head office."),
    Reason.ALREADY_USED: Sentence(
        "此券已使用：{at}，{where}，小票 {receipt}（{known_by}）。",
        "Already used: {at}, {where}, receipt {receipt} ({known_by}).",
    ),
    Reason.UNKNOWN_CAMPAIGN: Sentence(
        "本店尚未收到此活动的规则，请稍后再试；断网时须待联网。",
        "This store has not received the campaign's rules yet; try again in a minute, or once the "
        "line is back.",
    ),
    Reason.NEEDS_UPDATE: Sentence(
        "本机程序读不懂总部对此券的规定，暂不能使用；请联系门店 IT 升级程序。",
        "This till's program can't read head office's rules for this coupon; store IT has to "
        "update it.",
    ),
    Reason.CAMPAIGN_NOT_STARTED: Sentence("活动自 {at} 开始。", "The campaign starts at {at}."),
    Reason.CAMPAIGN_ENDED: Sentence("活动已于 {at} 结束。", "The campaign ended at {at}."),
    Reason.MEMBER_REQUIRED: Sentence(
        "此券限会员本人使用，请先识别会员。", "Only for its member; identify the member first."
    ),
    Reason.NOT_THIS_MEMBER: Sentence(
        "此券属于另一位会员。", "This coupon belongs to another member."
    ),
    Reason.MIN_SPEND_NOT_MET: Sentence(
        "需消费满 {min_yuan} 元，还差 {short_yuan} 元。",
        "Spend at least {min_yuan} yuan; {short_yuan} yuan short.",
    ),
    Reason.NO_MATCHING_ITEM: Sentence(
        "购物篮里没有此券适用的商品。", "No item in the basket fits this coupon."
    ),
    Reason.GIFT_NOT_IN_BASKET: Sentence(
        "请先扫描赠品：{gift}。", "Scan the gift into the basket first: {gift}."
    ),
    Reason.SET_INCOMPLETE: Sentence(
        "套餐商品不全，还缺：{missing}。", "The set is not complete; missing: {missing}."
    ),
    Reason.NOTHING_OFF: Sentence(
        "此券在这一单上没有优惠，请留到下次使用。",
        "This coupon takes nothing off this order; keep it for another time.",
    ),
    Reason.PIECES_MISSING: Sentence("还差 {short} 件。", "{short} more pieces are needed."),
    Reason.NOT_STACKABLE: Sentence(
        "不能与已用的优惠同时使用。", "Can't be combined with what is already taken off."
    ),
    Reason.BETTER_WITHOUT: Sentence(
        "不用此券更划算，请留到下次使用。",
        "The customer pays no more without this coupon; keep it for another time.",
    ),
    Reason.NEEDS_OTHER_COUPON: Sentence(
        "须与另一渠道的优惠券同时使用。", "Only beside a coupon of the other channel."
    ),
    Reason.NOT_AT_THIS_TIME: Sentence("此券现在不适用。", "This coupon is not good at this time."),
    Reason.NOT_FOR_THIS_CHANNEL: Sentence(
        "此券不适用于本次购买方式（自提、堂食或外带）。",
        "This coupon is not for this way of buying (pick-up, dine-in or take-away).",
    ),
    Reason.NOT_IN_THIS_STORE: Sentence("此券不适用于本店。", "This coupon is not for this store."),
    Reason.NOT_FOR_THIS_MEMBER: Sentence(
        "此会员不符合此券的条件（等级、生日月或首单）。",
        "This member is not one that the coupon is for (tier, month of birth, first purchase).",
    ),
    Reason.USED_OFTEN_ENOUGH: Sentence(
        "此优惠在本店已达使用次数。", "Used as often as it may be, as far as this store knows."
    ),
    Reason.COUPON_LIMIT: Sentence(
        "每单最多 {limit} 张优惠券，线上线下各一张。",
        "At most {limit} coupons an order, one online and one offline.",
    ),
    Reason.LIMIT_REACHED: Sentence(
        "断网核销额度已到（{limit}），联网后再试。",
        "The offline limit is reached ({limit}); try again online.",
    ),
    Reason.CLASS_NEEDS_ONLINE: Sentence(
        "此类券须由总部当场确认，本机尚不支持。",
        "Only head office can confirm this kind of coupon, and this till can't ask it yet.",
    ),
    Reason.CHAIN_WIDE: _OK_RISK,
    Reason.CLAIMED: Sentence("可用，总部已确认。", "Good to use; head office has confirmed it."),
    Reason.CLAIMED_WHEN_USED: Sentence(
        "可用，收款时由总部确认。", "Good to use; head office confirms it with the sale."
    ),
    Reason.CLAIMED_ELSEWHERE: Sentence(
        "此券正在门店 {store} 使用，不能再用；对方若未用成，几分钟后再试。",
        "Store {store} is taking this coupon; if it does not, try again in some minutes.",
    ),
    Reason.REVOCATIONS_STALE: _OK_RISK,
    Reason.FEED_INCOMPLETE: Sentence(
        "已接受，待总部确认：本机还没收齐总部的资料，不知道此券以前是否用过。",
        "Accepted; head office has yet to confirm: it has not told this PC everything yet, so "
        "whether the coupon was used before is not known.",
    ),
    Reason.ARTICLE_WITHDRAWN: Sentence(
        "{article} 已由总部停售，不能售卖。",
        "Head office took {article} out of sale; it can't be sold.",
    ),
}

_ONE_TOO_LARGE = Sentence(
    "此券金额超过本店可先行核销的上限，请换一张券。",
    "The coupon is worth more than this store may take before head office confirms it; take "
    "another one.",
)
"""Of the one limit that being online does not lift."""

_NAMED = ("known_by", "limit", "fault", "packaging")
_NAMES: dict[object, Sentence] = {
    "store": Sentence("本店记录", "this store's own record"),
    "hq": Sentence("总部记录", "head office's record"),
    "per_redemption_fen": Sentence("单张金额", "amount of one coupon"),
    "per_member_count": Sentence("同一会员的张数", "coupons of one member"),
    "soft_count": Sentence("本店张数", "coupons of this store"),
    "hard_count": Sentence("本店张数", "coupons of this store"),
    "soft_sum_fen": Sentence("本店金额", "amount in this store"),
    "hard_sum_fen": Sentence("本店金额", "amount in this store"),
    "soft_contact_age_ms": Sentence("断网时长", "time without the line"),
    "hard_contact_age_ms": Sentence("断网时长", "time without the line"),
    "case": Sentence("整箱", "a case"),
    "measured_pack": Sentence("计量包装", "a pack sold by measure"),
    "check_digit": Sentence("校验位不对", "its check digit is wrong"),
    "value_check_digit": Sentence(
        "价格或重量的校验位不对", "the check digit of its price or weight is wrong"
    ),
    "zero": Sentence("重量或价格是 0", "its weight or price is zero"),
    "unreadable": Sentence("数字读不通", "its digits make no sense"),
    "other_unit": Sentence(
        "按长度、面积或体积计", "it is a length, an area or a volume, not a weight"
    ),
    "other_currency": Sentence("不是人民币", "it is not in yuan"),
    "no_price": Sentence("不是这件商品的售价", "it is not the price of this pack"),
    "missing": Sentence("没有重量，也没有价格", "it says neither weight nor price"),
    "several": Sentence("前后矛盾", "it contradicts itself"),
    "too_large": Sentence("超出上限", "it is beyond what a sale takes"),
}
"""What a cashier reads in their place; integrators get them as they are."""


def template(reason: Reason) -> Sentence:
    """Return the reason's sentence with its gaps, each named as the field of `detail` in it."""
    return _SENTENCES[reason]


def sentence(
    outcome: Outcome, reason: Reason | None, detail: dict[str, Any], *, zone: tzinfo
) -> Sentence:
    """Return the sentence for the cashier; `detail` fills the gaps of the reason's template.

    Instants in `detail["at"]` (Unix milliseconds) are said in the store's `zone`.
    """
    if reason is None:
        return _OK
    gaps = _ONE_TOO_LARGE if detail.get("limit") == "per_redemption_fen" else template(reason)
    said = {**detail, "at": _local(detail["at"], zone)} if "at" in detail else detail
    named = [(key, _NAMES[detail[key]]) for key in _NAMED if detail.get(key) in _NAMES]
    zh = gaps.zh_cn.format_map(said | {key: name.zh_cn for key, name in named})
    en = gaps.en.format_map(said | {key: name.en for key, name in named})
    if outcome is Outcome.NEEDS_SUPERVISOR:
        return Sentence(f"请主管批准：{zh}", f"Supervisor needed: {en}")
    return Sentence(zh, en)


def _local(at_ms: int, zone: tzinfo) -> str:
    instant = datetime.fromtimestamp(min(max(at_ms, 0), LAST_AT) / 1000, zone)
    return instant.strftime("%Y-%m-%d %H:%M")
