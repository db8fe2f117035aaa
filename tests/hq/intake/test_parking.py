"""Events that can't be applied: kept, told, and never in the way of the next."""

from typing import Any

import msgspec
import pytest

from agent.domain.line.chain import Envelope, line_of
from sync.hq.intake.effects import effects_of
from sync.protocol.batch import Event
from sync.protocol.messages import RowState
from tests.hq.equality import differences
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import Journal

HUGE = 2**63
MILK, FULL = "6901", "6902"


def sale_with(**changes: Any) -> bytes:
    """The body of a sale with some fields changed; `line` changes its line."""
    journal = Journal("MB001")
    sale = journal.sell(coupon_id="a" * 24, member_id="b" * 24)
    body = msgspec.json.decode(msgspec.json.encode(sale))
    body["lines"][0] |= changes.pop("line", {})
    body["redemptions"][0] |= changes.pop("use", {})
    return msgspec.json.encode(body | changes)


UNAPPLICABLE = {
    "unknown_kind": ("parcel.lost", b"{}"),
    "unknown_version": ("sale.recorded/2", b"{}"),
    "body_malformed": ("sale.recorded", b"{}"),
    "not_utf8": ("redemption.reversed", b'{"coupon_id":"\xff","redemption_id":"r","why":"w"}'),
    "float_money": ("sale.recorded", sale_with(payable_fen=1.5)),
    "unknown_field": ("sale.recorded", sale_with(surprise=1)),
    "unknown_tender": ("sale.recorded", sale_with(tenders=[{"kind": "\0", "amount_fen": 1}])),
    "nul": ("sale.recorded", sale_with(member_id="a\0b")),
    "huge_number": ("sale.recorded", sale_with(total_fen=HUGE)),
    "huge_quantity": ("sale.recorded", sale_with(line={"quantity": -HUGE})),
    "long_sku": ("sale.recorded", sale_with(line={"sku": "6" * 10_000})),
    "huge_campaign": ("sale.recorded", sale_with(use={"campaign": HUGE})),
}


@pytest.mark.parametrize(("kind", "body"), UNAPPLICABLE.values(), ids=UNAPPLICABLE.keys())
async def test_an_event_that_cannot_be_applied_is_parked_and_its_neighbours_apply(
    hq: HeadOffice, store: StoreClient, kind: str, body: bytes
) -> None:
    journal = store.journal()
    journal.sell()
    journal.append_raw(kind, body)
    journal.sell()

    answer = await store.send(journal)

    assert answer.accepted_through == 3
    assert [(row.seq, row.state) for row in answer.results] == [(2, RowState.PARKED)]
    assert await hq.rows("SELECT seq, code FROM parked") == [(2, answer.results[0].code)]
    assert await hq.rows("SELECT line FROM event WHERE seq = 2") == [(journal.lines[1],)]
    assert await hq.count("sale") == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("event_id", "not-a-uuid"),
        ("event_id", "\0"),
        ("at", -1),
        ("at", HUGE),
        ("business_date", "yesterday"),
        ("kind", "k" * 5_000),
        ("kind", "\0"),
    ],
)
async def test_an_envelope_that_no_column_holds_is_parked_with_its_line_whole(
    hq: HeadOffice, store: StoreClient, field: str, value: object
) -> None:
    journal = store.journal()
    facts = {"kind": "parcel.lost", field: value}
    journal.append(str(facts.pop("kind")), {}, **facts)
    journal.sell()

    answer = await store.send(journal)

    assert [(row.seq, row.state) for row in answer.results] == [(1, RowState.PARKED)]
    column = "occurred_at" if field == "at" else field
    assert await hq.rows(f"SELECT {column}, line FROM event WHERE seq = 1") == [
        (None, journal.lines[0])
    ]
    assert await hq.count("sale") == 1


async def test_values_that_only_postgresql_can_refuse_are_found_and_parked(
    hq: HeadOffice, store: StoreClient
) -> None:
    """As many pieces are missing of an article as the column can say; one more is too many."""
    await hq.db.execute("INSERT INTO stock VALUES ('MB001', $1, $2)", FULL, -HUGE)
    journal = store.journal()
    for sku in (MILK, FULL, MILK, FULL, MILK):
        journal.sell(skus=(sku,))

    answer = await store.send(journal)

    assert answer.accepted_through == 5
    assert [(row.seq, row.code) for row in answer.results] == [
        (2, "refused_by_database"),
        (4, "refused_by_database"),
    ]
    assert await hq.rows("SELECT quantity FROM stock ORDER BY sku") == [(-3,), (-HUGE,)]
    assert await hq.count("event") == 5


async def test_a_parked_event_sent_again_is_a_duplicate_and_stays_parked_once(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal()
    journal.append("parcel.lost", {})
    await store.send(journal)

    answer = await store.send(journal)

    assert [row.state for row in answer.results] == [RowState.DUPLICATE]
    assert await hq.count("parked") == 1
    assert await differences(hq, journal) == []


def test_a_nul_in_a_text_without_a_column_of_its_own_parks_nothing() -> None:
    envelope = Journal("MB001")
    envelope.append("redemption.reversed", {"coupon_id": "c", "redemption_id": "r", "why": "a\0b"})
    line = envelope.lines[0]
    event = Event(line, bytes(32), msgspec.json.decode(line, type=Envelope))
    assert line_of(event.envelope) == line

    assert effects_of(event).parking is None
