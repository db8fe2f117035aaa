"""The JSON Schema of price books: made of the types that read them, so that it can't be another."""

from typing import Any

import msgspec

from agent.domain.promotions.book import Book

ID = "https://store-agent.example/schemas/price-book-1.json"


def schema() -> dict[str, Any]:
    """Return it, as JSON Schema 2020-12."""
    made = msgspec.json.schema(Book)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "Price book",
        **made,
    }
