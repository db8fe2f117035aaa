"""The judge of `./run systemtest` complains of books that are not as they must be."""

import base64
from collections import Counter

from msgspec import Raw

from agent.base.clock import Millis
from agent.domain.line.chain import GENESIS, Envelope, line_hash, line_of
from tests.booted.judge import compare_chain, compare_sales
from tests.booted.selling import Sold

EVENTS = 5


def _journal() -> tuple[list[list[str]], tuple[int, str]]:
    """Rows as head office has them, and the store's last seq and hash."""
    previous = GENESIS.hex()
    rows = []
    for seq in range(1, EVENTS + 1):
        line = line_of(
            Envelope(
                body=Raw(b"{}"),
                business_date="2026-11-30",
                cashier="1001",
                event_id=f"event-{seq}",
                kind="sale.recorded.v1",
                occurred_at=Millis(1_780_000_000_000 + seq),
                prev_hash=previous,
                seq=seq,
                store="MB001",
                till="T1",
            )
        )
        previous = line_hash(line).hex()
        rows.append(["1", str(seq), previous, base64.b64encode(line).decode()])
    return rows, (EVENTS, previous)


def _sold(n: int) -> Sold:
    return Sold(key=f"k{n}", sale_id=f"s{n}", receipt=f"T1-{n}", price_fen=100, ms=1, tries=1)


def test_sound_books_give_no_complaint() -> None:
    rows, last = _journal()
    assert compare_chain(rows, last=last) == []
    assert compare_sales(Counter({"s1": 1, "s2": 1}), [_sold(1), _sold(2)]) == []


def test_an_event_that_is_missing_is_seen_wherever_it_stood() -> None:
    rows, last = _journal()
    for missing in range(EVENTS):
        assert compare_chain(rows[:missing] + rows[missing + 1 :], last=last)


def test_a_line_that_was_changed_is_seen() -> None:
    rows, last = _journal()
    rows[2][3] = base64.b64encode(base64.b64decode(rows[2][3]).replace(b"1001", b"1002")).decode()
    assert compare_chain(rows, last=last) == ["head office's chain breaks at 3"]


def test_a_line_that_was_changed_with_its_hash_is_seen_by_the_next() -> None:
    rows, last = _journal()
    line = base64.b64decode(rows[2][3]).replace(b"1001", b"1002")
    rows[2][2:] = [line_hash(line).hex(), base64.b64encode(line).decode()]
    assert compare_chain(rows, last=last) == ["head office's chain breaks at 4"]


def test_sales_that_are_lost_doubled_or_unasked_are_each_seen() -> None:
    sold = [_sold(1), _sold(2)]
    assert compare_sales(Counter({"s1": 1}), sold) == ["1 sales answered, and not at head office"]
    assert compare_sales(Counter({"s1": 1, "s2": 2}), sold) == [
        "1 sales at head office more than once"
    ]
    assert compare_sales(Counter({"s1": 1, "s2": 1, "s3": 1}), sold) == [
        "1 sales at head office, and answered to nobody"
    ]


def test_a_receipt_number_that_was_given_twice_is_seen() -> None:
    twice = [_sold(1), Sold(key="k2", sale_id="s2", receipt="T1-1", price_fen=1, ms=1, tries=1)]
    assert compare_sales(Counter({"s1": 1, "s2": 1}), twice) == ["1 receipt numbers given twice"]
