"""The Chinese of each mistake that a price book can have; the English is where it is found."""

MISTAKES = {
    "it is not JSON as we read it: {why}": ("不是可读的 JSON：{why}"),
    'a price book is an object: {"promotions": […]}': ('价目书应是一个对象：{"promotions": […]}'),
    "{word} is none of the words that may stand here{hint}": ("此处不能写 {word}{hint}"),
    "there is no field {name} here{hint}": ("此处没有字段 {name}{hint}"),
    "{why}": ("格式不对：{why}"),
    "the id {id} is taken by promotions[{first}]: give it another one": (
        "编号 {id} 已被 promotions[{first}] 占用，请换一个"
    ),
    "the id {id} is kept for what is no promotion of a book: give it another one": (
        "编号 {id} 另有用途，不能用于价目书中的活动，请换一个"
    ),
    "a promotion by passphrase needs one: add passphrase": ("暗号活动须有暗号：请填 passphrase"),
    'a passphrase is given and not asked for: set trigger to "passphrase"': (
        '写了暗号却不要求报：请把 trigger 设为 "passphrase"'
    ),
    'only coupons are received: set trigger to "coupon", or leave it out': (
        '只有优惠券才有领取时间：请把 trigger 设为 "coupon"，或删去此项'
    ),
    "with_coupon goes with pickup_off alone: nothing else is reckoned after all coupons": (
        "with_coupon 只能用于 pickup_off：只有它在所有优惠券之后计算"
    ),
    "a coupon is the customer's to use: mandatory goes with automatic ones": (
        "用不用券由顾客决定：mandatory 只能用于自动活动"
    ),
    "{value} is no day of the calendar: write 2027-01-31 or 2027-01-31T08:00": (
        "{value} 不是有效日期：请写 2027-01-31 或 2027-01-31T08:00"
    ),
    "it ends before it starts": ("结束时间早于开始时间"),
    "since and until are the same: leave hours out for the whole day": (
        "since 与 until 相同：全天适用请删去 hours"
    ),
    'pickup_off is for the channel "pickup" alone: leave channels out': (
        'pickup_off 只适用于渠道 "pickup"：请删去 channels'
    ),
    "a limit in all stores together needs a lease, and there are none yet: use per_member"
    " or per_day, which each store counts by itself": (
        "全部门店合计的限次需要额度租约，目前还没有：请用 per_member 或 per_day（各店自行计数）"
    ),
    "a group of a set names its articles": ("套餐的每一组须写明商品"),
    "a minimum without a scope counts every article, also tobacco or gift cards": (
        "有门槛而没有写商品范围：所有商品都计入，包括烟草、储值卡"
    ),
    "not among articles: {skus}; correct them, or add them to articles": (
        "articles 中没有：{skus}；请改正，或补进 articles"
    ),
    "no article has the category or brand {names}; correct it, or add such articles": (
        "没有商品属于品类或品牌 {names}；请改正，或补充商品"
    ),
    "the set costs {price}, its pieces alone {pieces} at most: lower its price": (
        "套餐价 {price}，单买最多 {pieces}：请降低套餐价"
    ),
    "no promotion or group is called {names}": ("没有名为 {names} 的活动或互斥组"),
    "{one} and {other} are both mandatory and exclude each other": (
        "{one} 与 {other} 都是必用活动，却互相排斥"
    ),
    "repeats counts full amounts: give min_fen, too": ("repeats 按满额计次：请同时填 min_fen"),
    "off_fen {off} is more than min_fen {min}: were they swapped?": (
        "off_fen {off} 大于 min_fen {min}：是不是写反了？"
    ),
    "a higher step gives no more than a lower one: raise it or leave it out": (
        "高一档的优惠不比低一档多：请提高或删去"
    ),
    "a higher step gives no more than a lower one: lower its pay_bp or leave it out": (
        "高一档的折扣不比低一档大：请降低 pay_bp 或删去"
    ),
    "pay_bp and price_fen are both given: leave one out": ("pay_bp 与 price_fen 只能写一个"),
    "a set is of two pieces or more: add a group or a quantity": ("套餐至少两件：请增加一组或数量"),
    "two steps ask for the same: make them one with both choices": (
        "两档条件相同：请合并为一档，写入两种赠品"
    ),
    "give price_fen or pay_bp, one of them": ("price_fen 与 pay_bp 须写且只能写一个"),
}
