"""Own prices: what a cashier's page may give a price or a weight, other than the article's own."""

from collections.abc import Sequence

from msgspec.structs import replace

from agent.domain.barcodes.gtin import is_makers
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import LineOrder
from agent.services.selling.open_basket import content_of
from agent.store.selling import articles, baskets
from agent.store.selling.articles import Article
from agent.store.sqlite import Connection


async def foreign_price(desk: StoreDesk, till: str, lines: Sequence[LineOrder]) -> str | None:
    """Return the sku of a line that has a price of its own without reason; None: there is none.

    The store's scales give one to what they weigh, and a POS to what it left in the till's basket.
    """
    priced = [one for one in lines if any(price is not None for price in _own(one))]
    if not priced:
        return None
    return await desk.database.read(lambda db: _foreign(db, till, priced))


def _foreign(db: Connection, till: str, priced: Sequence[LineOrder]) -> str | None:
    kept = baskets.open_at(db, till)
    left = content_of(kept).lines if kept else ()
    there = {_price(line) for line in (*left, *(replace(one, amount_fen=None) for one in left))}
    known = articles.articles(db, [line.sku for line in priced])
    for line in priced:
        article = known.get(line.sku)
        if _is_foreign(article, line) and _price(line) not in there:
            return line.sku
    return None


def _is_foreign(article: Article | None, line: LineOrder) -> bool:
    """What is sold by weight the cashier may weigh, whoever's bar code it bears."""
    if article is None:
        return True
    is_weighed = article.weighed and (line.unit_price_fen, line.amount_fen) == (None, None)
    return is_makers(article.gtin) and not is_weighed


def _price(line: LineOrder) -> tuple[str, int, int | None, int | None, int | None]:
    """A sum is that of its pieces: for fewer of them it is another price."""
    pieces = line.quantity if line.amount_fen is not None else 0
    return line.sku, pieces, *_own(line)


def _own(line: LineOrder) -> tuple[int | None, int | None, int | None]:
    return line.unit_price_fen, line.amount_fen, line.weight_g
