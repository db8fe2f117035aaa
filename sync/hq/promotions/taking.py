"""Taking price books over: what files change of the book, found out before anything is written."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from asyncpg import Connection

from agent.base.clock import Millis
from agent.domain.promotions.book import MAX_PROMOTIONS, Book, PriceRules, book_of
from agent.domain.promotions.promotion import Promotion
from agent.domain.promotions.review import Mistake, Weight, review
from sync.hq.assortment import check_articles
from sync.hq.errors import AdminError
from sync.hq.promotions.book import (
    HeldBook,
    Turn,
    held_book,
    is_over,
    lock_book,
    put_promotions,
    put_rules,
    retire,
)

RULES = tuple(PriceRules.__struct_fields__)
"""Fields of a file that are rules of the whole book."""

_GROUPS = """
SELECT array(SELECT DISTINCT unnest(categories) FROM article) AS categories,
    array(SELECT DISTINCT brand FROM article WHERE brand <> '') AS brands
"""


class BookFile(msgspec.Struct, frozen=True, kw_only=True):
    """A price book that was read and checked."""

    name: str
    book: Book
    named: frozenset[str]
    """Fields that the file has: rules that it does not name stay as they are."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What files say of the book, put together."""

    files: tuple[str, ...]
    promotions: tuple[Promotion, ...]
    rules: Mapping[str, Any]
    """Those that a file names."""


class FieldTurn(msgspec.Struct, frozen=True, kw_only=True):
    """A field that becomes different; None: it is not there."""

    field: str
    before: Any
    after: Any


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """How a promotion, or the rules, become different."""

    id: str
    name: str
    version: int
    before: int
    """The version that counts today; 0: it is new."""
    fields: tuple[FieldTurn, ...]
    """Of a new one all that it has."""


class BookPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What taking files over changes."""

    differences: tuple[Difference, ...]
    rules: Difference | None
    unchanged: int
    mistakes: tuple[Mistake, ...] = ()
    """What is wrong with the book as it would be, by ids; with an error nothing is taken over."""


def put_together(files: Sequence[BookFile]) -> Wanted:
    """Return what the files say; AdminError where two of them contradict each other."""
    by_id: dict[str, tuple[str, Promotion]] = {}
    rules: dict[str, tuple[str, Any]] = {}
    for file in files:
        for one in file.book.promotions:
            other, same = by_id.setdefault(one.id, (file.name, one))
            if same != one:
                raise AdminError(
                    "{id} is written differently in {one} and in {other}: leave one of them out",
                    id=one.id,
                    one=other,
                    other=file.name,
                )
        for name in file.named & set(RULES):
            value = getattr(file.book, name)
            other, said = rules.setdefault(name, (file.name, value))
            if said != value:
                raise AdminError(
                    "{id} is written differently in {one} and in {other}: leave one of them out",
                    id=name,
                    one=other,
                    other=file.name,
                )
    return Wanted(
        files=tuple(file.name for file in files),
        promotions=tuple(one for _, one in by_id.values()),
        rules={name: value for name, (_, value) in rules.items()},
    )


async def preview(connection: Connection, wanted: Wanted, *, at: datetime) -> BookPlan:
    """Return what taking `wanted` over would change; AdminError as `take_over`."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await _check_assortment(connection, wanted.promotions)
        return plan(await held_book(connection), wanted, at=at)


async def take_over(
    connection: Connection, wanted: Wanted, *, now: Millis, at: datetime
) -> BookPlan:
    """Take `wanted` over wholly, or nothing of it when the plan has errors; return what changed.
    `at` is now in the stores' time.

    AdminError: an article, category or brand that the assortment has not.
    """
    async with connection.transaction():
        await lock_book(connection)
        await _check_assortment(connection, wanted.promotions)
        held = await held_book(connection)
        found = plan(held, wanted, at=at)
        if not any(one.weight is Weight.ERROR for one in found.mistakes):
            await _write(connection, held, found, wanted, now=now)
            await retire(connection, await held_book(connection), at=at)
    return found


def plan(held: HeldBook, wanted: Wanted, *, at: datetime) -> BookPlan:
    """Return what `wanted` changes of the book at `at`, in the stores' time. Pure.

    AdminError: the book would hold more promotions than a book may.
    """
    differing = [one for one in wanted.promotions if _held(held, one.id) != one]
    rules = msgspec.structs.replace(held.rules, **wanted.rules)
    whole = {one.id: one for one in (*held.readable, *wanted.promotions)}
    current = sum(not is_over(one, at) for one in whole.values())
    if current > MAX_PROMOTIONS:
        raise AdminError(
            "the book would hold {count} promotions that are not over, {most} at most: end some",
            count=current,
            most=MAX_PROMOTIONS,
        )
    tried = book_of((_unforced(one) if is_over(one, at) else one for one in whole.values()), rules)
    return BookPlan(
        differences=tuple(_difference(held, one) for one in differing),
        rules=_of_rules(held, rules) if rules != held.rules or not held.rules_version else None,
        unchanged=len(wanted.promotions) - len(differing),
        mistakes=tuple(_by_id(review(tried), list(whole))),
    )


def _unforced(one: Promotion) -> Promotion:
    """What is over forces nothing any more."""
    stacking = msgspec.structs.replace(one.stacking, mandatory=False)
    return msgspec.structs.replace(one, stacking=stacking)


async def _write(
    connection: Connection, held: HeldBook, found: BookPlan, wanted: Wanted, *, now: Millis
) -> None:
    file = ", ".join(wanted.files)
    by_id = {one.id: one for one in wanted.promotions}
    turns = [Turn(promotion=by_id[d.id], version=d.version) for d in found.differences]
    await put_promotions(connection, turns, file=file, now=now)
    if found.rules is not None:
        rules = msgspec.structs.replace(held.rules, **wanted.rules)
        await put_rules(connection, rules, version=found.rules.version, file=file, now=now)


def _held(held: HeldBook, name: str) -> Promotion | None:
    known = held.promotions.get(name)
    return known.promotion if known else None


def _difference(held: HeldBook, one: Promotion) -> Difference:
    known = held.promotions.get(one.id)
    before = known.version if known else 0
    was = known.promotion if known else None
    return Difference(
        id=one.id,
        name=one.name,
        version=before + 1,
        before=before,
        fields=turned(was, one),
    )


def _of_rules(held: HeldBook, rules: PriceRules) -> Difference:
    before = held.rules_version
    return Difference(
        id="rules",
        name="",
        version=before + 1,
        before=before,
        fields=turned(held.rules if before else None, rules),
    )


def turned(before: msgspec.Struct | None, after: msgspec.Struct) -> tuple[FieldTurn, ...]:
    """Return the fields that differ, by their paths such as `effect.off_fen`."""
    was = _flat(msgspec.to_builtins(before)) if before is not None else {}
    now = _flat(msgspec.to_builtins(after))
    return tuple(
        FieldTurn(field=field, before=was.get(field), after=now.get(field))
        for field in dict.fromkeys((*was, *now))
        if was.get(field) != now.get(field)
    )


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    if not isinstance(value, dict) or not value:
        return {path: value}
    flat: dict[str, Any] = {}
    for name, inner in value.items():
        flat |= _flat(inner, f"{path}.{name}" if path else name)
    return flat


def _by_id(mistakes: Iterable[Mistake], ids: Sequence[str]) -> Iterable[Mistake]:
    """Name the promotion in place of its number, which no file has."""
    for one in mistakes:
        number, _, rest = one.path.removeprefix("$.promotions[").partition("]")
        if one.weight is Weight.ERROR and number.isdigit():
            yield msgspec.structs.replace(one, path=f"{ids[int(number)]}{rest}")


async def _check_assortment(connection: Connection, promotions: Sequence[Promotion]) -> None:
    """What no article is called is a slip of the pen, unless the chain keeps none here."""
    scopes = [scope for one in promotions for scope in (one.scope, *one.effect.scopes)]
    named = {sku for scope in scopes for sku in (*scope.articles, *scope.except_articles)}
    await check_articles(connection, named, if_any=True)
    known = await connection.fetchrow(_GROUPS)
    categories = {name for one in scopes for name in (*one.categories, *one.except_categories)}
    brands = {name for one in scopes for name in (*one.brands, *one.except_brands)}
    _check_known("categories", categories, known["categories"])
    _check_known("brand", brands, known["brands"])


def _check_known(column: str, named: set[str], known: Collection[str]) -> None:
    if known and (unknown := sorted(named - set(known))):
        raise AdminError(
            "no article has {names} as its {column}: correct it, or `store-hq articles import`"
            " articles that have",
            names=", ".join(map(repr, unknown)),
            column=column,
        )
