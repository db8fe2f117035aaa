"""Files of prices that begin later: what they change of the articles."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, tzinfo

from asyncpg import Connection
from msgspec.structs import replace

from agent.base.clock import Millis
from agent.domain.money import parse_yuan, yuan
from agent.domain.selling.prices import MAX_PLANNED, PlannedPrice, own_price_at, still_planned
from sync.hq.errors import AdminError
from sync.hq.imports.mistakes import Mistakes
from sync.hq.imports.plan import Change, FileRow, Plan, change_of, way_back
from sync.hq.imports.record import Run
from sync.hq.selling.articles import LOCK, list_articles, put_articles
from sync.protocol.changes import ArticleChange

_REQUIRED = {"price_fen", "starts"}


class PriceFiles:
    """Files with sku, price_fen, starts and maybe ends: moments."""

    kind = "prices"
    store = ""

    def __init__(self, *, now: Millis, zone: tzinfo) -> None:
        """`zone`: that in which instants are told; they are the same in every store."""
        self._now = now
        self._zone = zone

    async def lock(self, connection: Connection, _keys: Collection[str]) -> None:
        """Nothing of the assortment changes until the transaction ends."""
        await connection.execute(LOCK)

    async def plan(
        self, connection: Connection, rows: Sequence[FileRow], mistakes: Mistakes
    ) -> Plan:
        """Return what `rows` change."""
        known = await self._known(connection)
        found = []
        for row in rows:
            if row.key not in known:
                mistakes.add(row.place, _unknown(row.key))
            if row.key not in known or not row.fields.keys() >= _REQUIRED:
                continue  # one of its cells has a mistake, which is told already
            before = self._planned(known[row.key])
            try:
                after = planned_with(before, _price(row, self._now, self._zone), now=self._now)
            except AdminError as error:
                mistakes.add(row.place, error)
                continue
            fields = {"planned": self._texts(after)}
            if change := change_of(row.key, {"planned": self._texts(before)}, fields):
                found.append(change)
        return Plan(changes=found, unchanged=len(rows) - len(found))

    async def plan_back(self, connection: Connection, changes: Sequence[Change], _run: Run) -> Plan:
        """Return the way back; where a price has begun since, or others changed it, it is kept."""
        known = await self._known(connection)
        ways, kept = [], []
        for change in changes:
            article = known.get(change.key)
            now = {"planned": self._texts(self._planned(article))} if article else None
            back, others = way_back(change, now)
            ways += [back] if back else []
            kept += [change.key] if others else []
        return Plan(changes=ways, kept=kept)

    async def write(self, connection: Connection, changes: Sequence[Change], _run: int) -> None:
        """Write what was planned, and tell every store."""
        known = await self._known(connection)
        await put_articles(
            connection,
            [
                replace(
                    settled(known[change.key], self._now),
                    planned=tuple(map(_read, (change.after or {})["planned"])),
                )
                for change in changes
            ],
        )

    async def _known(self, connection: Connection) -> Mapping[str, ArticleChange]:
        return {article.sku: article for article in await list_articles(connection)}

    def _planned(self, article: ArticleChange) -> tuple[PlannedPrice, ...]:
        return still_planned(article.planned, self._now)

    def _texts(self, planned: Sequence[PlannedPrice]) -> list[str]:
        return [self._text(one) for one in planned]

    def _text(self, one: PlannedPrice) -> str:
        edges = (one.starts_at, one.ends_at)
        told = [self._shown(edge) for edge in edges if edge is not None]
        return " ".join((yuan(one.price_fen), "/".join(told)))

    def _shown(self, instant: int) -> str:
        return datetime.fromtimestamp(instant / 1_000, UTC).astimezone(self._zone).isoformat()


def planned_with(
    planned: Sequence[PlannedPrice], new: PlannedPrice, *, now: Millis
) -> tuple[PlannedPrice, ...]:
    """Return the planned prices with `new`, which takes the place of one of its kind (special or to
    stay) that begins with it.

    AdminError: it begins in the past, ends before it begins, is one too many, or lies over another
    special one.
    """
    if new.starts_at <= now:
        raise AdminError("the price begins in the past: a price from now on is `articles import`")
    if new.ends_at is not None and new.ends_at <= new.starts_at:
        raise AdminError("the price ends before it begins")
    others = [one for one in planned if _kind(one) != _kind(new)]
    if len(others) == MAX_PLANNED:
        raise AdminError("an article has {most} planned prices at most", most=MAX_PLANNED)
    if any(_overlap(one, new) for one in others):
        raise AdminError(
            "another special price lies in that time: `store-hq prices list` shows it, `store-hq"
            " prices cancel` takes it back"
        )
    return tuple(sorted((*others, new), key=lambda one: one.starts_at))


def settled(article: ArticleChange, now: Millis) -> ArticleChange:
    """Return the article without what lies behind: a price of its own that has begun is its price.
    Nothing that is paid from `now` on changes by it."""
    own = own_price_at(article.price_fen, article.planned, now)
    return replace(article, price_fen=own, planned=still_planned(article.planned, now))


async def cancel_prices(connection: Connection, skus: Sequence[str], *, now: Millis) -> int:
    """Take back every planned price of these articles, also special ones that last; return of how
    many articles. Those that have begun to stay go on. AdminError: no such article."""
    async with connection.transaction():
        await connection.execute(LOCK)
        known = {article.sku: article for article in await list_articles(connection)}
        if unknown := [sku for sku in skus if sku not in known]:
            raise _unknown(unknown[0])
        planned = [known[sku] for sku in dict.fromkeys(skus) if known[sku].planned]
        return await put_articles(
            connection, [replace(settled(one, now), planned=()) for one in planned]
        )


def _kind(one: PlannedPrice) -> tuple[int, bool]:
    return one.starts_at, one.ends_at is None


def _overlap(one: PlannedPrice, other: PlannedPrice) -> bool:
    if one.ends_at is None or other.ends_at is None:
        return False
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def _price(row: FileRow, now: Millis, zone: tzinfo) -> PlannedPrice:
    fields = row.fields
    return PlannedPrice(
        price_fen=fields["price_fen"],
        starts_at=fields["starts"].at(now, zone),
        ends_at=ends.at(now, zone) if (ends := fields.get("ends")) else None,
    )


def _read(text: str) -> PlannedPrice:
    price, _, edges = text.partition(" ")
    starts, _, ends = edges.partition("/")
    return PlannedPrice(
        price_fen=parse_yuan(price),
        starts_at=_instant(starts),
        ends_at=_instant(ends) if ends else None,
    )


def _instant(text: str) -> Millis:
    return Millis(round(datetime.fromisoformat(text).timestamp() * 1_000))


def _unknown(sku: str) -> AdminError:
    return AdminError(
        "there is no article {sku}: compare it with `store-hq articles list`, or import the article"
        " first",
        sku=repr(sku),
    )
