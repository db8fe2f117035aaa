"""Receiving batches: every event once, with its effects, whatever comes in whatever order."""

import asyncio
from pathlib import Path

import pytest

from agent.domain.line.chain import GENESIS
from sync.hq.intake import ingest
from sync.protocol.limits import MAX_BATCH_EVENTS
from sync.protocol.messages import EventsAnswer, RowState
from tests.hq.equality import differences
from tests.hq.head_office import HeadOffice, StoreClient, head_office
from tests.hq.journal import Journal


def selling(store: StoreClient, sales: int) -> Journal:
    journal = store.journal()
    for _ in range(sales):
        journal.sell(skus=("6901", "6902"))
    return journal


def rows(answer: EventsAnswer) -> list[tuple[int, str, str]]:
    return [(row.seq, row.state, row.code) for row in answer.results]


def duplicates(*seqs: int) -> list[tuple[int, str, str]]:
    return [(seq, RowState.DUPLICATE, "already_accepted") for seq in seqs]


async def test_a_batch_is_applied_with_its_effects(hq: HeadOffice, store: StoreClient) -> None:
    journal = store.journal()
    journal.sell(skus=("6901", "6902", "6901"), coupon_id="a" * 24)
    use = journal.redeem("b" * 24)
    journal.reverse(use)

    answer = await store.send(journal)

    assert (answer.accepted_through, answer.hash) == (3, journal.last.hash)
    assert answer.results == ()
    assert await differences(hq, journal) == []
    assert await hq.rows("SELECT seq, coupon_id FROM redemption ORDER BY seq") == [
        (1, "a" * 24),
        (2, "b" * 24),
    ]
    assert await hq.rows("SELECT seq, redemption_id FROM reversal") == [(3, use.redemption_id)]
    assert await hq.rows("SELECT total_fen, discount_fen, payable_fen FROM sale") == [
        (3_000, 300, 2_700)
    ]


async def test_a_repeated_batch_is_told_as_duplicate_and_changes_nothing(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = selling(store, 3)
    first = await store.send(journal)

    again = await store.send(journal)

    assert (again.accepted_through, again.hash) == (first.accepted_through, first.hash)
    assert rows(again) == duplicates(1, 2, 3)
    assert await differences(hq, journal) == []


async def test_of_an_overlapping_batch_only_what_is_new_is_applied(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = selling(store, 5)
    await store.send(journal, 1, 3)

    answer = await store.send(journal, 2, 5)

    assert answer.accepted_through == 5
    assert rows(answer) == duplicates(2, 3)
    assert await differences(hq, journal) == []


async def test_a_stale_batch_is_answered_with_what_it_asked_and_does_not_set_back(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = selling(store, 5)
    await store.send(journal)

    answer = await store.send(journal, 1, 2)

    assert (answer.accepted_through, answer.hash) == (2, journal.point(2).hash)
    assert await differences(hq, journal) == []


async def test_other_content_at_a_held_place_is_refused_and_quarantined_once(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = selling(store, 3)
    await store.send(journal)
    other = journal.copy()
    del other.lines[1:]
    other.sell(skus=("9999",))

    answers = [await store.post(other.batch()) for _ in range(2)]

    assert [(answer.status, answer.code) for answer in answers] == [(409, "journal_conflict")] * 2
    assert await hq.rows("SELECT seq, line FROM quarantine") == [(2, other.lines[1])]
    assert await differences(hq, journal) == []


async def test_a_batch_that_follows_from_another_past_is_refused_and_quarantined(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal, other = selling(store, 2), selling(store, 3)
    await store.send(journal)

    answer = await store.post(other.batch(3))

    assert (answer.status, answer.code) == (409, "journal_conflict")
    assert await hq.rows("SELECT seq, line FROM quarantine") == [(3, other.lines[2])]
    assert await differences(hq, journal) == []


async def test_a_gap_is_refused(hq: HeadOffice, store: StoreClient) -> None:
    journal = selling(store, 3)

    answer = await store.post(journal.batch(2))

    assert (answer.status, answer.code) == (409, "journal_gap")
    assert await hq.count("event") == 0


@pytest.mark.parametrize("epoch", [0, 2])
async def test_an_epoch_that_hq_did_not_give_is_refused(
    hq: HeadOffice, store: StoreClient, epoch: int
) -> None:
    answer = await store.post(selling(store, 1).batch(epoch=epoch))

    assert (answer.status, answer.code) == (409, "epoch_mismatch")
    assert await hq.count("event") == 0


async def test_nothing_is_received_before_the_first_hello(hq: HeadOffice) -> None:
    store = await hq.store("MB001", greeted=False)
    journal = Journal("MB001")
    journal.sell()

    answer = await store.post(journal.batch())

    assert (answer.status, answer.code) == (409, "epoch_mismatch")
    assert await hq.count("event") == 0


async def test_a_broken_chain_is_refused(hq: HeadOffice, store: StoreClient) -> None:
    journal = selling(store, 2)
    journal.lines[0] = journal.lines[0].replace(b"milk", b"silk", 1)

    answer = await store.post(journal.batch(prev_hash=GENESIS.hex()))

    assert (answer.status, answer.code) == (400, "chain_broken")
    assert await hq.count("event") == 0


async def test_another_stores_journal_is_refused(hq: HeadOffice, store: StoreClient) -> None:
    other = await hq.store("MB002")

    answer = await store.post(selling(other, 1).batch())

    assert (answer.status, answer.code) == (403, "other_store")
    assert await hq.count("event") == 0


@pytest.mark.parametrize(
    ("batch", "code"),
    [
        (b"", "batch_truncated"),
        (b"{}\n{}", "batch_truncated"),
        (b"\n", "batch_head"),
        (b"\xff\n{}\n", "batch_head"),
        (b'{"epoch":1}\n{}\n', "batch_head"),
        (b'{"epoch":' + b"[" * 100_000 + b"\n{}\n", "batch_head"),
    ],
)
async def test_what_is_not_a_batch_is_refused(store: StoreClient, batch: bytes, code: str) -> None:
    answer = await store.post(batch)

    assert (answer.status, answer.code) == (400, code)


async def test_a_batch_of_too_many_events_is_refused(hq: HeadOffice, store: StoreClient) -> None:
    journal = selling(store, MAX_BATCH_EVENTS + 1)

    answer = await store.post(journal.batch())

    assert (answer.status, answer.code) == (400, "batch_size")
    assert await hq.count("event") == 0


async def test_a_line_nested_too_deep_to_read_is_refused(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal()
    journal.append("x", {})
    journal.lines[0] = journal.lines[0].replace(b"{}", b"[" * 20_000 + b"]" * 20_000)

    answer = await store.post(journal.batch(prev_hash=GENESIS.hex()))

    assert (answer.status, answer.code) == (400, "line_malformed")


async def test_an_event_known_from_an_older_epoch_is_kept_without_effects(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = selling(store, 4)
    await store.send(journal)
    lost, kept = journal.lines[2:], journal.copy()
    del kept.lines[2:]
    assert (await store.hello(kept)).action == "new_epoch"
    kept.lines += lost  # the same events, found again on another disk

    answer = await store.send(kept, 3)

    assert rows(answer) == [(seq, RowState.DUPLICATE, "event_known") for seq in (3, 4)]
    assert await hq.rows("SELECT epoch, seq, duplicate FROM event WHERE seq > 2 ORDER BY 1, 2") == [
        (1, 3, False),
        (1, 4, False),
        (2, 3, True),
        (2, 4, True),
    ]
    assert await differences(hq, kept) == []


async def test_one_event_id_twice_in_a_batch_takes_effect_once(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal()
    event_id = "01900000-0000-7000-8000-000000000001"
    for _ in range(2):
        journal.append("parcel.lost", {}, event_id=event_id)

    answer = await store.send(journal)

    assert rows(answer) == [
        (1, RowState.PARKED, "unknown_kind"),
        (2, RowState.DUPLICATE, "event_known"),
    ]
    assert await hq.rows("SELECT seq, duplicate FROM event ORDER BY seq") == [(1, False), (2, True)]


async def test_the_same_batch_sent_at_once_to_two_processes_counts_once(
    hq: HeadOffice, store: StoreClient, hq_dsn: str, keys_dir: Path
) -> None:
    journal = selling(store, 100)
    async with head_office(hq_dsn, keys_dir) as second:
        twin = store.at(second)
        for first in range(1, 100, 10):
            senders = [store, twin] * 3
            answers = await asyncio.gather(
                *(sender.send(journal, first, first + 9) for sender in senders)
            )
            assert {answer.accepted_through for answer in answers} == {first + 9}
            assert sorted(len(answer.results) for answer in answers) == [0, 10, 10, 10, 10, 10]
    assert await differences(hq, journal) == []


async def test_control_a_receiver_without_deduplication_is_caught(
    hq: HeadOffice, store: StoreClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless = _without(
        ingest.RECEIVE,
        " AND epoch = $2 AND epoch > 0 AND accepted_seq = $3 AND accepted_hash = $4",
        "    ON CONFLICT (store, event_id) WHERE NOT duplicate DO NOTHING\n",
    )
    careless += " WHERE $3::bigint >= 0 AND $4::bytea IS NOT NULL"
    monkeypatch.setattr(ingest, "RECEIVE", careless)
    await hq.db.execute("DROP INDEX event_once")
    for table in ("event", "sale"):
        await hq.db.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey")
    journal = selling(store, 2)

    await store.send(journal)
    assert await differences(hq, journal) == []
    await store.send(journal)

    assert [found.split(":")[0] for found in await differences(hq, journal)] == [
        "journal",
        "stock",
        "sales",
    ]


def _without(text: str, *parts: str) -> str:
    for part in parts:
        assert part in text
        text = text.replace(part, "")
    return text
