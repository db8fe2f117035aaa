"""django-oscar (PyPI): its offers on the same baskets, from an SQLite in memory.

Run by the interpreter that has it: `oscar.py < data.json` prints baskets per second of processor.
"""

# mypy: ignore-errors
# django-oscar is not installed here: this file runs in an environment of its own.
import json
import sys
import time
from decimal import Decimal

import django
from django.conf import settings
from oscar import defaults

ROOMS = (
    *("address", "analytics", "basket", "catalogue", "catalogue.reviews", "checkout"),
    *("communication", "customer", "offer", "order", "partner", "payment", "search", "shipping"),
    *("voucher", "wishlists", "dashboard"),
)
BACK_ROOMS = (
    *("reports", "users", "orders", "catalogue", "offers", "partners", "pages", "ranges"),
    *("reviews", "vouchers", "communications", "shipping"),
)


class NoMigrations(dict):  # type: ignore[type-arg]
    """Tables are made as the models are."""

    def __contains__(self, _: object) -> bool:
        return True

    def __getitem__(self, _: object) -> None:
        return None


def _config(room: str) -> str:
    """The name of a room's configuration: catalogue.reviews -> CatalogueReviewsConfig."""
    return "".join(word.capitalize() for word in room.split(".")) + "Config"


settings.configure(
    **{name: getattr(defaults, name) for name in dir(defaults) if name.startswith("OSCAR_")},
    INSTALLED_APPS=[
        *("django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sites"),
        "django.contrib.flatpages",
        *("oscar.config.Shop", "haystack", "treebeard"),
        *(f"oscar.apps.{room}.apps.{_config(room)}" for room in ROOMS),
        *(
            f"oscar.apps.dashboard.{room}.apps.{room.capitalize()}DashboardConfig"
            for room in BACK_ROOMS
        ),
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    MIGRATION_MODULES=NoMigrations(),
    SITE_ID=1,
    SECRET_KEY="bench",  # nothing is signed
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    HAYSTACK_CONNECTIONS={"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
    USE_TZ=True,
)
django.setup()

from django.core.management import call_command  # noqa: E402  # after setup, as Django asks for

call_command("migrate", run_syncdb=True, verbosity=0)

from oscar.apps.basket.models import Basket  # noqa: E402
from oscar.apps.catalogue.models import Product, ProductClass  # noqa: E402
from oscar.apps.offer.applicator import Applicator  # noqa: E402
from oscar.apps.offer.models import Benefit, Condition, ConditionalOffer, Range  # noqa: E402
from oscar.apps.partner.models import Partner, StockRecord  # noqa: E402
from oscar.apps.partner.strategy import Default  # noqa: E402


def main() -> None:
    data = json.load(sys.stdin)
    products = _products(data["baskets"])
    offers = [_offer(rule, products) for rule in data["rules"]]
    baskets = [_basket(lines, products) for lines in data["baskets"]]
    _apply(baskets[0], offers)
    before = time.process_time()
    for basket in baskets:
        _apply(basket, offers)
    print(len(baskets) / (time.process_time() - before))


def _products(baskets: list) -> dict:
    kind = ProductClass.objects.create(name="goods", track_stock=False, requires_shipping=False)
    partner = Partner.objects.create(name="store")
    found = {}
    for sku, fen in {(line["sku"], line["fen"]) for lines in baskets for line in lines}:
        product = Product.objects.create(title=sku, product_class=kind)
        StockRecord.objects.create(
            product=product, partner=partner, partner_sku=f"{sku}-{fen}", price=Decimal(fen) / 100
        )
        found[sku, fen] = product
    return found


def _offer(rule: dict, products: dict) -> ConditionalOffer:
    scope = Range.objects.create(name=rule["id"], includes_all_products=not rule["skus"])
    for (sku, _), product in products.items():
        if sku in rule["skus"]:
            scope.add_product(product)
    condition = Condition.objects.create(
        range=scope, type=Condition.VALUE, value=Decimal(max(rule["min_fen"], 1)) / 100
    )
    benefit = Benefit.objects.create(
        range=scope,
        type=Benefit.FIXED if rule["off"] > 100 else Benefit.PERCENTAGE,
        value=Decimal(rule["off"]) / 100 if rule["off"] > 100 else Decimal(rule["off"]),
    )
    return ConditionalOffer.objects.create(
        name=rule["id"], condition=condition, benefit=benefit, max_basket_applications=1
    )


def _basket(lines: list, products: dict) -> Basket:
    basket = Basket.objects.create()
    basket.strategy = Default()
    for line in lines:
        basket.add_product(products[line["sku"], line["fen"]], line["pieces"])
    return basket


def _apply(basket: Basket, offers: list) -> None:
    basket.reset_offer_applications()
    Applicator().apply_offers(basket, offers)


if __name__ == "__main__":
    main()
