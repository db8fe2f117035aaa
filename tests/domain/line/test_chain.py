"""The journal's hash chain, computed a second time with nothing but the standard library."""

import hashlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.base.clock import Millis
from agent.base.strict_json import MAX_INTEGER, canonical
from agent.domain.line.chain import GENESIS, ChainBrokenError, Envelope, line_hash, line_of

texts = st.text(st.characters(exclude_categories=["Cs"]))
bodies = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | texts,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.sampled_from("abcxyz_019"), max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def envelope(**changes: Any) -> Envelope:
    fields: dict[str, Any] = {
        "body": msgspec.Raw(b'{"redemption_id":"r1"}'),
        "business_date": "2026-02-02",
        "cashier": "C1",
        "event_id": "019c1c00-0000-7000-8000-000000000001",
        "kind": "coupon.redeemed",
        "occurred_at": Millis(1_770_000_000_000),
        "prev_hash": GENESIS.hex(),
        "seq": 1,
        "store": "MB001",
        "till": "T1",
    }
    return Envelope(**{**fields, **changes})


def as_anybody_would(fields: dict[str, Any]) -> bytes:
    """The line as another implementer makes it."""
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8")


LINE = (
    b'{"body":{"redemption_id":"r1"},"business_date":"2026-02-02","cashier":"C1",'
    b'"event_id":"019c1c00-0000-7000-8000-000000000001","kind":"coupon.redeemed",'
    b'"occurred_at":1770000000000,"prev_hash":"' + b"00" * 32 + b'","seq":1,'
    b'"store":"MB001","till":"T1"}'
)


def test_a_line_is_spelt_like_this() -> None:
    assert line_of(envelope()) == LINE


def test_its_hash_is_sha_256_of_the_tag_and_the_line() -> None:
    by_hand = hashlib.sha256(b"store-journal-v1\n" + LINE)
    assert line_hash(LINE) == by_hand.digest()
    assert by_hand.hexdigest() == "37b2101d14e49221cd3a4190fa46ad8c48eae0f1bfe47b1d9bd6f7291cedc672"


@given(bodies, texts, texts, st.integers(1, 2**53), st.integers(0, 2**53))
def test_anybody_gets_the_same_line_and_the_same_hash(
    body: Any, cashier: str, till: str, seq: int, occurred_at: int
) -> None:
    made = envelope(
        body=msgspec.Raw(canonical(body)),
        cashier=cashier,
        till=till,
        seq=seq,
        occurred_at=Millis(occurred_at),
    )
    fields = {name: getattr(made, name) for name in made.__struct_fields__}
    line = as_anybody_would({**fields, "body": body})
    assert line_of(made) == line
    assert line_hash(line) == hashlib.sha256(b"store-journal-v1\n" + line).digest()


@given(bodies)
def test_a_line_reads_back_as_what_it_was_made_of(body: Any) -> None:
    line = line_of(envelope(body=msgspec.Raw(canonical(body))))
    again = msgspec.json.decode(line, type=Envelope)
    assert line_of(again) == line
    assert json.loads(bytes(again.body)) == body


@pytest.mark.parametrize(
    "changes",
    [
        {"body": msgspec.Raw(b'{"redemption_id":"r2"}')},
        {"business_date": "2026-02-03"},
        {"cashier": "C2"},
        {"event_id": "019c1c00-0000-7000-8000-000000000002"},
        {"kind": "sale.recorded"},
        {"occurred_at": Millis(1_770_000_000_001)},
        {"prev_hash": "01" + "00" * 31},
        {"seq": 2},
        {"store": "MB002"},
        {"till": "T2"},
    ],
)
def test_every_field_is_under_the_hash(changes: dict[str, Any]) -> None:
    assert set(changes) < set(Envelope.__struct_fields__)
    assert line_hash(line_of(envelope(**changes))) != line_hash(LINE)


def test_no_line_holds_a_line_feed_that_would_end_it_early() -> None:
    body = msgspec.Raw(canonical({"name": "a\nb\r\u2028"}))
    assert b"\n" not in line_of(envelope(body=body, cashier="C\n1"))


def test_the_tag_keeps_other_hashes_from_passing_for_a_lines() -> None:
    assert line_hash(LINE) != hashlib.sha256(LINE).digest()


def test_a_broken_chain_says_where() -> None:
    error = ChainBrokenError(7, "it is missing")
    assert (error.seq, str(error)) == (7, "journal broken at seq 7: it is missing")
