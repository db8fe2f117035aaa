"""The scope: which articles a promotion is about."""

from typing import Annotated

from msgspec import Meta, Struct

from agent.domain.bounds import Word

Words = Annotated[tuple[Word, ...], Meta(max_length=1_000)]


class Article(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of an article besides its price."""

    sku: Word
    name: str = ""
    price_fen: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0
    """Of one piece; of one kilogram where it is weighed."""
    categories: Words = ()
    """Its category and all those above it."""
    brand: Word = ""


class Scope(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Articles by number, category or brand, any of them; nothing named means every article."""

    articles: Words = ()
    """Article numbers."""
    categories: Words = ()
    """Categories; what is below one belongs to it."""
    brands: Words = ()
    """Brands, written as those of the articles are."""
    except_articles: Words = ()
    """Numbers of articles that are not in it, whatever else names them."""
    except_categories: Words = ()
    """Categories that are not in it, with all below them."""
    except_brands: Words = ()
    """Brands that are not in it."""

    @property
    def is_all(self) -> bool:
        """Whether nothing is named that an article has to be."""
        return not (self.articles or self.categories or self.brands)

    def holds(self, article: Article) -> bool:
        """Whether `article` is in it."""
        if (
            article.sku in self.except_articles
            or article.brand in self.except_brands
            or not set(self.except_categories).isdisjoint(article.categories)
        ):
            return False
        return (
            self.is_all
            or article.sku in self.articles
            or (bool(article.brand) and article.brand in self.brands)
            or not set(self.categories).isdisjoint(article.categories)
        )
