"""What is sold: fifty articles, baskets of five lines of them, and one coupon on each."""

from collections.abc import Iterable

from agent.domain.basket import Line
from sync.protocol.changes import ArticleChange

ARTICLES = tuple(
    ArticleChange(sku=f"A{n:04d}", name=f"鲜牛奶 950ml 第{n:02d}款", price_fen=2_500 + n)
    for n in range(50)
)
LINES = 5
MIN_FEN, OFF_FEN = 10_000, 2_000
"""The campaign: 满100减20."""
REDEEMED_ORDER_FEN = 12_800
"""The sum of an order that the POS keeps itself."""


def basket(number: int) -> tuple[ArticleChange, ...]:
    """The articles of basket `number`: one piece each of LINES neighbours."""
    return tuple(ARTICLES[(number + n) % len(ARTICLES)] for n in range(LINES))


def payable_fen(articles: Iterable[ArticleChange]) -> int:
    """What the basket costs with its coupon."""
    return sum(article.price_fen for article in articles) - OFF_FEN


def priced(articles: Iterable[ArticleChange]) -> tuple[Line, ...]:
    """The basket as the lines of a recorded sale."""
    return tuple(
        Line(
            sku=article.sku,
            name=article.name,
            quantity=1,
            unit_price_fen=article.price_fen,
            amount_fen=article.price_fen,
        )
        for article in articles
    )
