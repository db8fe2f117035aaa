"""A promotion as a sale keeps it: of thousands of articles that it names, those in the basket."""

from collections.abc import Collection
from typing import Any

from msgspec.structs import fields, replace

from agent.domain.promotions.promotion import Promotion
from agent.domain.promotions.scope import Scope


def kept(promotion: Promotion, skus: Collection[str]) -> Promotion:
    """Return what `promotion` is to a basket of the articles `skus`, and to any part of it."""
    effect = promotion.effect
    narrow = {one.name: _narrowed(getattr(effect, one.name), skus) for one in fields(effect)}
    return replace(promotion, scope=_of(promotion.scope, skus), effect=replace(effect, **narrow))


def _narrowed(value: Any, skus: Collection[str]) -> Any:
    if isinstance(value, Scope):
        return _of(value, skus)
    if isinstance(value, tuple):
        return tuple(_narrowed(one, skus) for one in value)
    return value


def _of(scope: Scope, skus: Collection[str]) -> Scope:
    """One of the articles stays where none is in the basket: to name nothing is to mean all."""
    named = tuple(sku for sku in scope.articles if sku in skus) or scope.articles[:1]
    out = tuple(sku for sku in scope.except_articles if sku in skus)
    return replace(scope, articles=named, except_articles=out)
