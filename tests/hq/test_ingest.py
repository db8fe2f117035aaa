"""Receiving batches: every event once, with its effects, whatever comes in whatever order."""

from agent.base.strict_json import canonical
from sync.protocol.messages import RowState
from tests.hq.head_office import HeadOffice, StoreClient

EFFECTS = ("event", "sale", "redemption", "reversal")


async def state(hq: HeadOffice) -> dict[str, object]:
    """All that ingest writes, but for times of arrival."""
    tables = {table: await hq.count(table) for table in EFFECTS}
    stock = await hq.rows("SELECT store, sku, quantity FROM stock ORDER BY 1, 2")
    lines = await hq.rows("SELECT store, epoch, seq, line, duplicate FROM event ORDER BY 1, 2, 3")
    return {**tables, "stock": stock, "lines": lines}


async def test_a_batch_is_applied_with_its_effects(hq: HeadOffice, store: StoreClient) -> None:
    journal = store.journal()
    journal.sell(skus=("6901", "6902", "6901"), coupon_id="a" * 24)
    use = journal.redeem("b" * 24)
    journal.reverse(use)

    answer = await store.send(journal)

    assert (answer.accepted_through, answer.hash) == (3, journal.last.hash)
    assert answer.results == ()
    assert await hq.rows("SELECT seq, line FROM event ORDER BY seq") == list(
        enumerate(journal.lines, 1)
    )
    assert await hq.rows("SELECT sku, quantity FROM stock ORDER BY sku") == [
        ("6901", -2),
        ("6902", -1),
    ]
    assert await hq.rows("SELECT seq, coupon_id FROM redemption ORDER BY seq") == [
        (1, "a" * 24),
        (2, "b" * 24),
    ]
    assert await hq.rows("SELECT seq, redemption_id FROM reversal") == [(3, use.redemption_id)]
    assert await hq.rows("SELECT total_fen, discount_fen, payable_fen FROM sale") == [
        (3_000, 300, 2_700)
    ]


async def test_a_repeated_batch_changes_nothing_and_is_told_as_duplicate(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal()
    for _ in range(3):
        journal.sell()
    await store.send(journal)
    before = await state(hq)

    answer = await store.send(journal)

    assert await state(hq) == before
    assert answer.accepted_through == 3
    assert [(row.seq, row.state) for row in answer.results] == [
        (seq, RowState.DUPLICATE) for seq in (1, 2, 3)
    ]
    assert canonical(answer.results[0]) == (
        b'{"code":"already_accepted","detail":"","seq":1,"state":"duplicate"}'
    )
