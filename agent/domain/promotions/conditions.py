"""Whether a promotion's conditions hold that the basket has no part in."""

from datetime import datetime, time, timedelta

from agent.domain.coupons.opaque import normal
from agent.domain.promotions.context import Context, Presented
from agent.domain.promotions.offered import Lack, Phase, Why
from agent.domain.promotions.promotion import Channel, Hours, Promotion, Trigger, Weekday, When

_DAYS = tuple(Weekday)


def begin(moment: str) -> datetime:
    """Return when a term begins: a day alone begins with it. Raises ValueError."""
    return datetime.fromisoformat(moment)


def end(moment: str) -> datetime:
    """Return the first instant after a term: a day alone belongs to it. Raises ValueError."""
    instant = datetime.fromisoformat(moment)
    return instant if "T" in moment else instant + timedelta(days=1)


def unmet(promotion: Promotion, context: Context) -> Lack | None:
    """Return which condition does not hold, None: all of them do. Pure."""
    at = context.at.replace(tzinfo=None)
    return unmet_there(promotion, at, context) or unmet_by_buyer(promotion, context)


def unmet_there(promotion: Promotion, at: datetime, context: Context) -> Lack | None:
    """Return which condition on time, channel and store does not hold at `at`, local time. Pure."""
    when = promotion.when
    return _term(when, at) or _time(when, at) or _place(promotion, context)


def unmet_by_buyer(promotion: Promotion, context: Context) -> Lack | None:
    """Return which condition on who buys, and on what was used and said, does not hold. Pure."""
    return (
        _buyer(promotion.when, context)
        or _limits(promotion, context)
        or _passphrase(promotion, context)
    )


def asks_buyer(promotion: Promotion) -> bool:
    """Whether there is such a condition."""
    when, limits = promotion.when, promotion.limits
    return (
        promotion.trigger is Trigger.PASSPHRASE
        or bool(when.members or when.tiers or when.birthday_month or when.first_purchase)
        or limits.per_member is not None
        or limits.per_day is not None
    )


def coupon_unmet(coupon: Presented, context: Context) -> Lack | None:
    """Return why a coupon of a promotion that holds does not."""
    if coupon.ends is not None and context.at.replace(tzinfo=None) >= coupon.ends.replace(
        tzinfo=None
    ):
        return Lack(Why.COUPON_EXPIRED, {"ends": coupon.ends.isoformat(timespec="minutes")})
    return None


def stacks(coupon: Presented, promotion: Promotion, context: Context) -> bool:
    """Whether other coupons may be used beside it; days count to the end of the last."""
    days = promotion.stacking.days_from_receipt
    if days is None or coupon.received is None:
        return promotion.stacking.beside_coupons
    last = coupon.received.date() + timedelta(days=days)
    return promotion.stacking.beside_coupons and context.at.date() <= last


def _term(when: When, at: datetime) -> Lack | None:
    if when.starts is not None and at < begin(when.starts):
        return Lack(Why.NOT_STARTED, {"starts": when.starts})
    if when.ends is not None and at >= end(when.ends):
        return Lack(Why.ENDED, {"ends": when.ends})
    return None


def _time(when: When, at: datetime) -> Lack | None:
    if not when.hours:
        good = not when.weekdays or _DAYS[at.weekday()] in when.weekdays
        return None if good else Lack(Why.NOT_TODAY, {"weekdays": list(when.weekdays)})
    days = [day for hours in when.hours if (day := _day_of(hours, at)) is not None]
    if not days:
        shown = [f"{hours.since}-{hours.until}" for hours in when.hours]
        return Lack(Why.NOT_NOW, {"hours": shown})
    if when.weekdays and not any(_DAYS[day.weekday()] in when.weekdays for day in days):
        return Lack(Why.NOT_TODAY, {"weekdays": list(when.weekdays)})
    return None


def _day_of(hours: Hours, at: datetime) -> datetime | None:
    """The day whose window `at` is in; a window over midnight belongs to its first day."""
    begins, ends = time.fromisoformat(hours.since), time.fromisoformat(hours.until)
    now = at.time()
    if begins < ends:
        return at if begins <= now < ends else None
    if now >= begins:
        return at
    return at - timedelta(days=1) if now < ends else None


def _place(promotion: Promotion, context: Context) -> Lack | None:
    when = promotion.when
    channels = when.channels
    if promotion.effect.phase is Phase.PICKUP and not channels:
        channels = (Channel.PICKUP,)
    if channels and context.channel not in channels:
        return Lack(Why.WRONG_CHANNEL, {"channels": list(channels)})
    if when.stores and context.store not in when.stores:
        return Lack(Why.WRONG_STORE, {"stores": list(when.stores)})
    return None


def _buyer(when: When, context: Context) -> Lack | None:
    member = context.member
    if not (when.members or when.tiers or when.birthday_month or when.first_purchase):
        return None
    if member is None:
        return Lack(Why.MEMBER_REQUIRED)
    if when.tiers and member.tier not in when.tiers:
        return Lack(Why.WRONG_TIER, {"tiers": list(when.tiers)})
    if when.birthday_month and member.birthday_month != context.at.month:
        return Lack(Why.NOT_BIRTHDAY_MONTH)
    if when.first_purchase and not member.first_purchase:
        return Lack(Why.NOT_FIRST_PURCHASE)
    return None


def _limits(promotion: Promotion, context: Context) -> Lack | None:
    """A limit per member needs a member to count for."""
    limits, used = promotion.limits, context.used.get(promotion.id)
    if limits.per_member is not None and context.member is None:
        return Lack(Why.MEMBER_REQUIRED)
    if used is None:
        return None
    if limits.per_member is not None and used.by_member >= limits.per_member:
        return Lack(Why.LIMIT_REACHED, {"per_member": limits.per_member})
    if limits.per_day is not None and used.today >= limits.per_day:
        return Lack(Why.LIMIT_REACHED, {"per_day": limits.per_day})
    return None


def _passphrase(promotion: Promotion, context: Context) -> Lack | None:
    if promotion.trigger is not Trigger.PASSPHRASE:
        return None
    said = {normal(one) for one in context.passphrases}
    return None if normal(promotion.passphrase) in said else Lack(Why.PASSPHRASE_REQUIRED)
