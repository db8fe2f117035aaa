"""Pricing: the POS's price where it gives one, else the article's."""

from agent.domain.barcodes.scale_label import weighed_price
from agent.domain.basket import Line, total
from agent.domain.money import MAX_FEN
from agent.services.desk.errors import AmountTooLargeError, UnknownArticleError
from agent.services.desk.wire import LineOrder
from agent.store.selling import articles
from agent.store.sqlite import Connection


def price_lines(db: Connection, orders: tuple[LineOrder, ...]) -> tuple[Line, ...]:
    """Return the priced lines; raise UnknownArticleError or AmountTooLargeError."""
    known = articles.articles(db, [order.sku for order in orders])
    lines = tuple(_line(order, known.get(order.sku)) for order in orders)
    if total(lines) > MAX_FEN:
        raise AmountTooLargeError(f"a sale comes to at most {MAX_FEN} fen")
    return lines


def _line(order: LineOrder, article: articles.Article | None) -> Line:
    if order.unit_price_fen is not None:
        unit = order.unit_price_fen
    elif article is not None:
        unit = _own_price(article, order)
    else:
        raise UnknownArticleError(
            f"article {order.sku} is not known here: give unit_price_fen", sku=order.sku
        )
    return Line(
        sku=order.sku,
        name=article.name if article else "",
        quantity=order.quantity,
        unit_price_fen=unit,
        amount_fen=unit * order.quantity,
        weight_g=order.weight_g,
    )


def _own_price(article: articles.Article, order: LineOrder) -> int:
    if order.weight_g is None:
        return article.price_fen
    return weighed_price(order.weight_g, article.price_fen)
