"""What is wrong with a price book that can be read: rules that contradict each other, by name."""

from collections.abc import Iterator
from enum import StrEnum
from itertools import combinations
from typing import Any

from msgspec import Struct

from agent.domain.promotions.book import Book
from agent.domain.promotions.conditions import begin, end
from agent.domain.promotions.effects import Gift, PickupOff, SetPrice
from agent.domain.promotions.of_campaign import PREFIX
from agent.domain.promotions.priced import BY_HAND, ROUNDING
from agent.domain.promotions.promotion import Channel, Promotion, Trigger
from agent.domain.promotions.scope import Article, Scope
from agent.domain.promotions.shutting import shut_out

_FEW = 5


class Weight(StrEnum):
    """How bad it is."""

    ERROR = "error"
    """The book is refused."""
    WARNING = "warning"
    """It can be meant."""


class Mistake(Struct, frozen=True, kw_only=True):
    """One thing that is wrong, where, and what to do about it."""

    path: str
    """JSON path, such as `$.promotions[0].effect.min_fen`."""
    text: str
    """In English, with {gaps}."""
    gaps: dict[str, Any] = {}
    weight: Weight = Weight.ERROR


def review(book: Book) -> list[Mistake]:
    """Return all that contradicts itself in `book`. Pure."""
    found = list(_ids(book))
    known = {article.sku: article for article in book.articles}
    for at, one in enumerate(book.promotions):
        path = f"$.promotions[{at}]"
        found += [
            Mistake(path=f"{path}.effect.{field}", text=text, gaps=gaps)
            for field, text, gaps in one.effect.mistakes()
        ]
        found += _trigger(one, path)
        found += _term(one, path)
        found += _limits(one, path)
        found += _scopes(one, path, known)
        found += _set(one, path, known)
        found += _stacking(one, path, book)
    found += _mandatory(book)
    return found


def _ids(book: Book) -> Iterator[Mistake]:
    seen: dict[str, int] = {}
    for at, one in enumerate(book.promotions):
        if one.id in seen:
            text = "the id {id} is taken by promotions[{first}]: give it another one"
            gaps = {"id": one.id, "first": seen[one.id]}
            yield Mistake(path=f"$.promotions[{at}].id", text=text, gaps=gaps)
        seen.setdefault(one.id, at)
        if one.id.startswith(PREFIX) or one.id in (BY_HAND, ROUNDING):
            text = "the id {id} is kept for what is no promotion of a book: give it another one"
            yield Mistake(path=f"$.promotions[{at}].id", text=text, gaps={"id": one.id})


def _trigger(one: Promotion, path: str) -> Iterator[Mistake]:
    if one.trigger is Trigger.PASSPHRASE and not one.passphrase.strip():
        text = "a promotion by passphrase needs one: add passphrase"
        yield Mistake(path=f"{path}.passphrase", text=text)
    if one.trigger is not Trigger.PASSPHRASE and one.passphrase:
        text = 'a passphrase is given and not asked for: set trigger to "passphrase"'
        yield Mistake(path=f"{path}.trigger", text=text)
    if one.stacking.days_from_receipt is not None and one.trigger is not Trigger.COUPON:
        text = 'only coupons are received: set trigger to "coupon", or leave it out'
        yield Mistake(path=f"{path}.stacking.days_from_receipt", text=text)
    if one.when.with_coupon is not None and not isinstance(one.effect, PickupOff):
        text = "with_coupon goes with pickup_off alone: nothing else is reckoned after all coupons"
        yield Mistake(path=f"{path}.when.with_coupon", text=text)
    if one.stacking.mandatory and one.trigger is Trigger.COUPON:
        text = "a coupon is the customer's to use: mandatory goes with automatic ones"
        yield Mistake(path=f"{path}.stacking.mandatory", text=text)


def _term(one: Promotion, path: str) -> Iterator[Mistake]:
    moments = {}
    for name, read in (("starts", begin), ("ends", end)):
        text = getattr(one.when, name)
        if text is None:
            continue
        try:
            moments[name] = read(text)
        except (ValueError, OverflowError):
            yield Mistake(
                path=f"{path}.when.{name}",
                text="{value} is no day of the calendar: write 2027-01-31 or 2027-01-31T08:00",
                gaps={"value": text},
            )
    if len(moments) == 2 and moments["ends"] <= moments["starts"]:
        yield Mistake(path=f"{path}.when.ends", text="it ends before it starts")
    for at, hours in enumerate(one.when.hours):
        if hours.since == hours.until:
            text = "since and until are the same: leave hours out for the whole day"
            yield Mistake(path=f"{path}.when.hours[{at}]", text=text)
    channels = one.when.channels
    if isinstance(one.effect, PickupOff) and channels and channels != (Channel.PICKUP,):
        text = 'pickup_off is for the channel "pickup" alone: leave channels out'
        yield Mistake(path=f"{path}.when.channels", text=text)


def _limits(one: Promotion, path: str) -> Iterator[Mistake]:
    if one.limits.in_all is not None:
        text = (
            "a limit in all stores together needs a lease, and there are none yet: use per_member"
            " or per_day, which each store counts by itself"
        )
        yield Mistake(path=f"{path}.limits.in_all", text=text)


def _scopes(one: Promotion, path: str, known: dict[str, Article]) -> Iterator[Mistake]:
    """An article that nobody knows is most often a slip of the pen."""
    named: list[tuple[str, Scope]] = [(f"{path}.scope", one.scope)]
    if isinstance(one.effect, SetPrice):
        for at, group in enumerate(one.effect.groups):
            where = f"{path}.effect.groups[{at}]"
            named.append((where, group))
            if group.is_all:
                yield Mistake(path=where, text="a group of a set names its articles")
    if isinstance(one.effect, Gift):
        named += [
            (f"{path}.effect.steps[{at}].choices", scope)
            for at, scope in enumerate(one.effect.scopes)
        ]
    if known:
        for where, scope in named:
            yield from _unknown(where, scope, known)
    if any(one.effect.minima) and one.scope.is_all:
        text = "a minimum without a scope counts every article, also tobacco or gift cards"
        if not (
            one.scope.except_articles or one.scope.except_categories or one.scope.except_brands
        ):
            yield Mistake(path=f"{path}.scope", text=text, weight=Weight.WARNING)


def _unknown(where: str, scope: Scope, known: dict[str, Article]) -> Iterator[Mistake]:
    skus = [sku for sku in (*scope.articles, *scope.except_articles) if sku not in known]
    if skus:
        yield Mistake(
            path=where,
            text="not among articles: {skus}; correct them, or add them to articles",
            gaps={"skus": ", ".join(skus[:_FEW])},
        )
    categories = {category for article in known.values() for category in article.categories}
    unknown = [
        one for one in (*scope.categories, *scope.except_categories) if one not in categories
    ]
    brands = {article.brand for article in known.values()}
    unknown += [one for one in (*scope.brands, *scope.except_brands) if one not in brands]
    if unknown:
        yield Mistake(
            path=where,
            text="no article has the category or brand {names}; correct it, or add such articles",
            gaps={"names": ", ".join(unknown[:_FEW])},
        )


def _set(one: Promotion, path: str, known: dict[str, Article]) -> Iterator[Mistake]:
    """A set that costs no less than its cheapest pieces is no offer."""
    if not isinstance(one.effect, SetPrice) or not known:
        return
    dearest = 0
    for group in one.effect.groups:
        prices = [article.price_fen for article in known.values() if group.holds(article)]
        dearest += max(prices, default=0) * group.quantity
    if 0 < dearest <= one.effect.price_fen:
        yield Mistake(
            path=f"{path}.effect.price_fen",
            text="the set costs {price}, its pieces alone {pieces} at most: lower its price",
            gaps={"price": _yuan(one.effect.price_fen), "pieces": _yuan(dearest)},
        )


def _stacking(one: Promotion, path: str, book: Book) -> Iterator[Mistake]:
    names = {name for other in book.promotions for name in (other.id, other.stacking.group)}
    for field in ("only_beside", "not_beside"):
        unknown = [name for name in getattr(one.stacking, field) or () if name not in names]
        if unknown:
            yield Mistake(
                path=f"{path}.stacking.{field}",
                text="no promotion or group is called {names}",
                gaps={"names": ", ".join(unknown)},
            )


def _mandatory(book: Book) -> Iterator[Mistake]:
    forced = [(at, one) for at, one in enumerate(book.promotions) if one.stacking.mandatory]
    shut = shut_out([one for _, one in forced])
    for (number, (_, first)), (other, (at, second)) in combinations(enumerate(forced), 2):
        if shut[number] >> other & 1:
            yield Mistake(
                path=f"$.promotions[{at}].stacking.mandatory",
                text="{one} and {other} are both mandatory and exclude each other",
                gaps={"one": first.id, "other": second.id},
            )


def _yuan(fen: int) -> str:
    return f"¥{fen // 100}.{fen % 100:02d}"
