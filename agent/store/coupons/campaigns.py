"""Campaigns, as the change feed told of them."""

import msgspec

from agent.domain.coupons.campaign import Campaign
from agent.store.facts import recall
from agent.store.sqlite import Connection

_campaign = msgspec.json.Decoder(Campaign)


def campaign(db: Connection, number: int) -> Campaign | None:
    """Return a campaign's rules."""
    return recall(db, "campaign", number, lambda: _read(db, number))


def all_campaigns(db: Connection) -> list[Campaign]:
    """Return all that are known, by number."""
    rows = db.execute("SELECT body FROM campaign ORDER BY campaign")
    return [_campaign.decode(body) for (body,) in rows]


def put_campaign(db: Connection, body: Campaign) -> None:
    """Keep a campaign's newest rules."""
    db.execute(
        "INSERT OR REPLACE INTO campaign (campaign, body) VALUES (?, ?)",
        (body.campaign, msgspec.json.encode(body)),
    )


def _read(db: Connection, number: int) -> Campaign | None:
    row = db.execute("SELECT body FROM campaign WHERE campaign = ?", (number,)).fetchone()
    return _campaign.decode(row[0]) if row else None
