"""What the writer keeps in memory is what is in the file, whoever wrote it and whatever failed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.base.clock import Millis
from agent.domain.coupons.campaign import AmountOff, Campaign
from agent.domain.trust.policy import CampaignClass
from agent.store import facts
from agent.store.coupons.campaigns import campaign, put_campaign
from agent.store.database import Database
from agent.store.facts import recall
from agent.store.selling.articles import Article, articles, put_article
from agent.store.sqlite import Connection, connect
from tests.lab.fresh_file import fresh_database

COLA = Article(sku="COLA", gtin="", name="cola", price_fen=350)
SEVEN = Campaign(
    campaign=7,
    name="7",
    rule=AmountOff(min_fen=2, off_fen=1),
    class_=CampaignClass.BOUND,
    starts_at=Millis(0),
    ends_at=Millis(9),
)
DEARER = Article(sku="COLA", gtin="", name="cola", price_fen=360)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = fresh_database(tmp_path / "store.db")
    database.open()
    yield database
    await asyncio.to_thread(database.close)


def price(db: Connection) -> int:
    return articles(db, ["COLA"])["COLA"].price_fen


async def told(database: Database, article: Article) -> None:
    await database.write(lambda db: put_article(db, article))


async def test_what_was_read_once_is_not_read_again(database: Database) -> None:
    statements: list[str] = []
    await told(database, COLA)
    await database.write(price)
    await database.write(lambda db: db.set_trace_callback(statements.append))
    assert await database.write(price) == COLA.price_fen
    assert not [one for one in statements if "FROM article" in one]


async def test_a_new_price_counts_at_once(database: Database) -> None:
    await told(database, COLA)
    assert await database.write(price) == COLA.price_fen
    await told(database, DEARER)
    assert await database.write(price) == DEARER.price_fen
    assert await database.read(price) == DEARER.price_fen


async def test_what_was_taken_back_is_not_believed(database: Database) -> None:
    await told(database, COLA)

    def fails(db: Connection) -> None:
        put_article(db, DEARER)
        assert price(db) == DEARER.price_fen
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(fails)
    assert await database.write(price) == COLA.price_fen


async def test_what_another_connection_wrote_counts_from_the_next_write_on(
    database: Database, tmp_path: Path
) -> None:
    await told(database, COLA)
    assert await database.write(price) == COLA.price_fen
    beside = connect(str(tmp_path / "store.db"))
    put_article(beside, DEARER)
    beside.close()
    assert await database.write(price) == DEARER.price_fen


async def test_that_nothing_is_there_is_known_until_it_comes(database: Database) -> None:
    assert await database.write(lambda db: campaign(db, 7)) is None
    await database.write(lambda db: put_campaign(db, SEVEN))
    assert await database.write(lambda db: campaign(db, 7)) == SEVEN


async def test_memory_stays_bounded(database: Database) -> None:
    def ask(db: Connection) -> int:
        for number in range(2 * facts.MAX_OF_A_TABLE + 1):
            recall(db, "campaign", number, lambda: None)
        assert db.facts is not None
        return len(db.facts["campaign"])

    assert await database.write(ask) <= facts.MAX_OF_A_TABLE
