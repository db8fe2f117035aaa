"""A price that has begun is the article's own: a table with another one is the later word."""

import asyncio
from datetime import UTC
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agent.base.clock import DAY_MS, SystemClock
from agent.domain.selling.prices import PlannedPrice
from sync.hq.cli import main
from sync.hq.imports.importing import take_in
from sync.hq.imports.mistakes import Mistakes, Place
from sync.hq.imports.plan import FileRow
from sync.hq.selling.article_files import ArticleFiles
from sync.hq.selling.articles import list_articles, put_articles
from sync.hq.selling.price_files import PriceFiles, cancel_prices
from sync.protocol.changes import ArticleChange
from tests.hq.head_office import HeadOffice, StoreClient

NOW = SystemClock().wall()
BEGUN = PlannedPrice(price_fen=700, starts_at=NOW - DAY_MS)
SPECIAL = PlannedPrice(price_fen=400, starts_at=NOW - DAY_MS + 1, ends_at=NOW + DAY_MS)
LATER = PlannedPrice(price_fen=900, starts_at=NOW + DAY_MS)
MILK = ArticleChange(sku="A1", name="milk", price_fen=500, planned=(BEGUN, SPECIAL, LATER))


async def told(hq: HeadOffice) -> ArticleChange:
    [article] = await list_articles(hq.db)
    return article


async def take(hq: HeadOffice, **fields: Any) -> None:
    row = FileRow(Place(2, 2), "A1", {"name": "milk", **fields})
    files = ArticleFiles()
    await take_in(hq.db, files, [row], Mistakes("f.csv"), file="f.csv", now=NOW)


async def test_the_same_price_as_now_changes_nothing_and_another_is_the_later_word(
    hq: HeadOffice, store: StoreClient
) -> None:
    await put_articles(hq.db, [MILK])
    await take(hq, price_fen=700)
    assert await told(hq) == MILK
    await take(hq, price_fen=650)
    changed = await told(hq)
    assert (changed.price_fen, changed.planned) == (650, (SPECIAL, LATER))
    [*_, last] = await store.changes("article")
    assert last["price_fen"] == 650
    assert [one["price_fen"] for one in last["planned"]] == [400, 900]


async def test_cancelled_prices_leave_what_has_begun_to_stay(
    hq: HeadOffice, store: StoreClient
) -> None:
    await put_articles(hq.db, [MILK])
    assert await cancel_prices(hq.db, ["A1"], now=NOW) == 1
    left = await told(hq)
    assert (left.price_fen, left.planned) == (700, ())


async def test_planning_on_top_settles_what_lies_behind(hq: HeadOffice, store: StoreClient) -> None:
    await put_articles(hq.db, [MILK])

    class Later:
        @staticmethod
        def at(now: int, _zone: object) -> int:
            return now + 2 * DAY_MS

    row = FileRow(Place(2, 2), "A1", {"price_fen": 1_000, "starts": Later})
    files = PriceFiles(now=NOW, zone=UTC)
    await take_in(hq.db, files, [row], Mistakes("f.csv"), file="f.csv", now=NOW)
    planned = await told(hq)
    assert planned.price_fen == 700
    assert [one.price_fen for one in planned.planned] == [400, 900, 1_000]


async def test_the_list_of_articles_shows_the_price_that_has_begun(
    hq: HeadOffice,
    hq_dsn: str,
    keys_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await put_articles(hq.db, [MILK])
    monkeypatch.setenv("STORE_HQ_DATABASE__DSN", hq_dsn)
    monkeypatch.setenv("STORE_HQ_PATHS__KEYS_DIR", str(keys_dir))
    assert await asyncio.to_thread(main, ["articles", "list", "--json"]) == 0
    [listed] = msgspec.json.decode(capsys.readouterr().out)
    assert listed["price_fen"] == 700
    assert [one["price_fen"] for one in listed["planned"]] == [400, 900]
