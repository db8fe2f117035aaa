"""What head office told and no event of this store moves, as rows to be compared with its own."""

from typing import Final

import msgspec

from agent.domain.coupons.campaign import Campaign
from agent.store.sqlite import Connection

_QUERIES: Final = {
    "article": "SELECT sku, name, price_fen, gtin, categories, brand, planned FROM article "
    "WHERE NOT withdrawn",
    "document": "SELECT kind, version FROM document",
    "member": "SELECT member_id, tier, phone_masked FROM member "
    "WHERE tier <> '' OR phone_masked <> ''",
    "price_rules": "SELECT rules, CAST(body AS TEXT) FROM price_rules",
    "promotion": "SELECT promotion, CAST(body AS TEXT) FROM promotion",
    "revocation": "SELECT coupon_id, store FROM coupon_state WHERE state = 'revoked' AND stated",
}

_campaign = msgspec.json.Decoder(Campaign)

Fields = tuple[object, ...]


def told_rows(db: Connection, table: str) -> list[Fields]:
    """Return the fields of each row of a FeedTable, the key first. It reads all of them."""
    if table == "campaign":
        bodies = db.execute("SELECT body FROM campaign")
        return [_fields(_campaign.decode(body)) for (body,) in bodies]
    return list(db.execute(_QUERIES[table]))


def _fields(campaign: Campaign) -> Fields:
    return (
        campaign.campaign,
        campaign.name,
        str(campaign.class_),
        campaign.starts_at,
        campaign.ends_at,
        msgspec.json.encode(campaign.rule).decode(),
    )
