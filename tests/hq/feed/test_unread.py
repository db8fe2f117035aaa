"""What a store could not read of the feed is known at HQ, and said where people look."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from sync.greeting import told
from sync.hq.cli import main
from sync.hq.stores import list_stores
from sync.hq.unread import list_unread
from sync.protocol.limits import MAX_HELLO_BYTES, PROTOCOL
from sync.protocol.messages import ParkedChange
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import NOON

FIVE = ParkedChange(entity="campaign", key="5", why="Invalid value 'nth_piece'")
LOTTERY = ParkedChange(entity="lottery", key="1", why="not an entity")


async def tell(store: StoreClient, *parked: ParkedChange, **more: Any) -> None:
    await store.hello(store.journal(), parked_count=len(parked), parked=parked, **more)


async def known(hq: HeadOffice) -> list[tuple[str, str, str, int]]:
    unread = await list_unread(hq.db)
    return [(one.entity, one.key, one.store, one.since_at) for one in unread]


async def test_hq_knows_what_each_store_could_not_read_until_it_can(
    hq: HeadOffice, store: StoreClient
) -> None:
    other = await hq.store("MB002")
    await tell(store, FIVE, LOTTERY)
    hq.clock.now += 1
    await tell(other, FIVE)
    await tell(store, FIVE)

    assert await known(hq) == [
        ("campaign", "5", "MB001", NOON),
        ("campaign", "5", "MB002", NOON + 1),
    ]
    await tell(store)
    assert await known(hq) == [("campaign", "5", "MB002", NOON + 1)]
    assert [one.parked_changes for one in await list_stores(hq.db)] == [0, 1]


async def test_of_an_agent_that_does_not_tell_nothing_is_said(
    hq: HeadOffice, store: StoreClient
) -> None:
    await store.hello(store.journal())
    assert [one.parked_changes for one in await list_stores(hq.db)] == [None]


async def test_hello_tells_both_sides_versions(hq: HeadOffice, store: StoreClient) -> None:
    answer = await store.hello(store.journal(), app_version="0.0.9")
    assert (answer.protocol, answer.app_version) == (PROTOCOL, "0.1.0")
    assert [one.app_version for one in await list_stores(hq.db)] == ["0.0.9"]


async def test_whatever_a_store_parked_its_hello_is_taken(
    hq: HeadOffice, store: StoreClient
) -> None:
    texts = ("a\0b", "\u0007" * 500, "汉" * 500, '"' * 500, "😀" * 500)
    hostile = [ParkedChange(entity=text, key=text, why=text) for text in texts] * 20
    parked = told(hostile)
    trail = {"trail": [(2**53 - n, "f" * 64) for n in range(64)]}
    answer = await store.post_hello(store.journal(), parked=parked, parked_count=100, **trail)
    assert answer.status == 200, answer.body
    assert len(parked) < len(hostile)
    assert await hq.count("parked_change") == len({one.key for one in parked})


async def test_the_largest_hello_that_a_store_says_is_within_the_limit(store: StoreClient) -> None:
    hostile = [ParkedChange(entity="\u0001" * 500, key="\u0001" * 500, why="")] * 100
    parked = told(hostile)
    assert len(parked) > 0
    trail = [(2**53, "f" * 64)] * 64
    answer = await store.post_hello(
        store.journal(),
        parked=parked,
        parked_count=2**53,
        trail=trail,
        cursor="1" * 64,
        app_version="9" * 64,
    )
    assert answer.status in (200, 409), (answer.body, MAX_HELLO_BYTES)


async def test_people_are_told_for_what_stores_are_too_old(
    hq: HeadOffice,
    store: StoreClient,
    hq_dsn: str,
    keys_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("STORE_HQ_DATABASE__DSN", hq_dsn)
    monkeypatch.setenv("STORE_HQ_PATHS__KEYS_DIR", str(keys_dir))

    async def said(*words: str) -> str:
        assert await asyncio.to_thread(main, words) == 0
        return capsys.readouterr().out

    assert "too old" not in await said("campaign", "list")
    for n in range(12):
        client = await hq.store(f"MB1{n:02}")
        await tell(client, FIVE, *([LOTTERY] if n == 0 else []))

    sentence = "12 stores (MB100, MB101, MB102, MB103, MB104, …) are too old for campaign 5"
    assert sentence in await said("campaign", "list")
    stores = await said("stores", "list")
    assert sentence in stores
    assert "1 store (MB100) is too old for lottery 1" in stores
    unread = await said("parked", "changes", "--entity", "campaign")
    assert unread.count("Invalid value 'nth_piece'") == 12
    assert "too old" not in await said("stores", "list", "--json")


async def test_a_campaign_of_a_newer_hq_is_named_and_stands_in_nobodys_way(
    hq: HeadOffice,
    hq_dsn: str,
    keys_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("STORE_HQ_DATABASE__DSN", hq_dsn)
    monkeypatch.setenv("STORE_HQ_PATHS__KEYS_DIR", str(keys_dir))
    known = await hq.campaign()
    await hq.db.execute(
        "INSERT INTO campaign (campaign, body) SELECT 77, jsonb_set(body::jsonb, '{rule,type}', $1)"
        " FROM campaign",
        '"nth_piece"',
    )
    assert await asyncio.to_thread(main, ["campaign", "list"]) == 0
    said = capsys.readouterr().out
    assert known.name in said
    assert "only a newer store-hq can read campaign 77" in said
    assert await asyncio.to_thread(main, ["campaign", "end", "77", "--yes"]) == 1
    assert "newer store-hq" in capsys.readouterr().err
