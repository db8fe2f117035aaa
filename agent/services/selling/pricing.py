"""Pricing: the POS's price where it gives one, else the article's."""

from collections.abc import Mapping

from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.barcodes.scale_label import weighed_price
from agent.domain.basket import Line, total
from agent.domain.coupons.decision import refused
from agent.domain.money import MAX_FEN
from agent.domain.outcome import Reason, Sentence
from agent.domain.promotions import scope
from agent.services.coupons.coupon_verdict import CouponVerdict
from agent.services.coupons.verdict import Judged, tell
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import LineOrder
from agent.services.selling.errors import AmountTooLargeError, UnknownArticleError
from agent.store.selling import articles
from agent.store.sqlite import Connection

Known = Mapping[str, articles.Article]
"""Articles by sku."""


def known_of(db: Connection, orders: tuple[LineOrder, ...], at: Millis) -> Known:
    """Return the articles in the lines that head office told of, with their prices at `at`: now,
    or when what is honoured was quoted."""
    found = articles.articles(db, [order.sku for order in orders])
    return {sku: article.at(at) for sku, article in found.items()}


def goods_known(known: Known) -> Mapping[str, scope.Article]:
    """Return what promotions ask of the articles: their categories and brands, by sku."""
    return {
        sku: scope.Article(sku=sku, categories=one.categories, brand=one.brand)
        for sku, one in known.items()
    }


def price_lines(known: Known, orders: tuple[LineOrder, ...]) -> tuple[Line, ...]:
    """Return the priced lines; raise UnknownArticleError or AmountTooLargeError."""
    lines = tuple(_line(order, known.get(order.sku)) for order in orders)
    if total(lines) > MAX_FEN:
        raise AmountTooLargeError(f"a sale comes to at most {MAX_FEN} fen")
    return lines


class OutOfSale(Struct, frozen=True, kw_only=True):
    """An article in the basket that head office took out of sale: nothing is sold with it."""

    sku: str
    sentence: Sentence


def out_of_sale(desk: StoreDesk, known: Known) -> tuple[OutOfSale, ...]:
    """Return what of the articles in a basket can't be sold, each once."""
    return tuple(
        OutOfSale(sku=article.sku, sentence=refusal_of(desk, article).sentence)
        for article in known.values()
        if article.withdrawn
    )


def refusal_of(desk: StoreDesk, article: articles.Article) -> CouponVerdict:
    """Return what a client is told of an article that is out of sale."""
    decision = refused(Reason.ARTICLE_WITHDRAWN, article=article.name or article.sku)
    return tell(desk, Judged(claims=None, campaign=None, decision=decision))


def _line(order: LineOrder, article: articles.Article | None) -> Line:
    unit = _unit_price(order, article)
    amount = unit * order.quantity if order.amount_fen is None else order.amount_fen
    return Line(
        sku=order.sku,
        name=article.name if article else "",
        quantity=order.quantity,
        unit_price_fen=unit,
        amount_fen=amount,
        weight_g=order.weight_g,
        tax_bp=article.tax_bp if article else None,
    )


def _unit_price(order: LineOrder, article: articles.Article | None) -> int:
    if order.unit_price_fen is not None:
        return order.unit_price_fen
    if article is not None:
        return _own_price(article, order)
    if order.amount_fen is not None:
        return order.amount_fen // order.quantity
    raise UnknownArticleError(
        f"article {order.sku} is not known here: give unit_price_fen or amount_fen", sku=order.sku
    )


def _own_price(article: articles.Article, order: LineOrder) -> int:
    if order.weight_g is None:
        return article.price_fen
    return weighed_price(order.weight_g, article.price_fen)
