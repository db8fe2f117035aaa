"""What a peer may ask for is bounded in every field that it could push."""

from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from agent.base.clock import Millis
from agent.domain.line.chain import GENESIS
from agent.services.desk.timekeeper import Timekeeper
from sync.protocol.changes import (
    ArticleChange,
    CouponChange,
    CouponState,
    DocumentChange,
    MemberChange,
    StockChange,
)
from sync.protocol.limits import MAX_SEQ, MAX_SERVER_TIME, MAX_TRAIL_POINTS
from sync.protocol.messages import (
    Change,
    ChangesPage,
    EventsAnswer,
    Hello,
    HelloAnswer,
    Point,
)
from sync.protocol.position import ORIGIN
from tests.protocol.places import hello
from tests.services.stopped_clock import StoppedClock

HASH = GENESIS.hex()
ANSWER: dict[str, Any] = {
    "action": "continue",
    "accepted_seq": 0,
    "accepted_hash": HASH,
    "epoch": 1,
    "hq_epoch": "hq-1",
    "limits": {"events": 500, "bytes": 1_048_576},
    "server_time": 0,
}
EVENTS_ANSWER: dict[str, Any] = {"accepted_through": 1, "hash": HASH, "server_time": 0}
PAGE: dict[str, Any] = {
    "cursor": "c",
    "more": False,
    "hq_epoch": "hq-1",
    "server_time": 0,
    "changes": [],
}
HELLO: dict[str, Any] = msgspec.to_builtins(hello())
ARTICLE = {"sku": "A1", "name": "苹果", "price_fen": 350}
STOCK = {"sku": "A1", "quantity": 1, "through_seq": 0}
MEMBER = {
    "member_id": "00" * 12,
    "tier": "gold",
    "points": 1,
    "phone_masked": "138****5678",
    "through_seq": 0,
}
COUPON = {"coupon_id": "00" * 12, "state": "used"}
DOCUMENT = {"version": 1, "document": "00"}


def decoded(message: dict[str, Any], as_type: type[Any]) -> Any:
    return msgspec.json.decode(msgspec.json.encode(message), type=as_type)


MESSAGES: list[tuple[dict[str, Any], type[Any]]] = [
    (HELLO, Hello),
    (ANSWER, HelloAnswer),
    (EVENTS_ANSWER, EventsAnswer),
    (PAGE, ChangesPage),
    (ARTICLE, ArticleChange),
    (STOCK, StockChange),
    (MEMBER, MemberChange),
    (COUPON, CouponChange),
    (DOCUMENT, DocumentChange),
]


@pytest.mark.parametrize(("message", "as_type"), MESSAGES)
def test_a_message_within_its_limits_is_read(message: dict[str, Any], as_type: type[Any]) -> None:
    assert isinstance(decoded(message, as_type), as_type)


@pytest.mark.parametrize(("message", "as_type"), MESSAGES)
def test_fields_that_a_later_version_adds_are_ignored(
    message: dict[str, Any], as_type: type[Any]
) -> None:
    assert decoded({**message, "later": [1]}, as_type) == decoded(message, as_type)


NOT_INSTANTS = [-1, 2**64, "0", 1.5, None]

BEYOND: list[tuple[dict[str, Any], type[Any], str, list[Any]]] = [
    (HELLO, Hello, "store", ["", "A", "mb001", "MB0010000", "MB-01", "MB001\n"]),
    (HELLO, Hello, "install_id", ["x" * 65, None]),
    (HELLO, Hello, "epoch", [-1, MAX_SEQ + 1]),
    (HELLO, Hello, "last_seq", [-1, MAX_SEQ + 1, True]),
    (HELLO, Hello, "last_hash", ["", "0" * 63, "0" * 65, "G" * 64, "A" * 64]),
    (HELLO, Hello, "cursor", ["x" * 193]),
    (
        HELLO,
        Hello,
        "trail",
        [[[0, HASH]] * (MAX_TRAIL_POINTS + 1), [[0]], [["0", HASH]], [[0, ""]]],
    ),
    (HELLO, Hello, "clock", NOT_INSTANTS),
    (ANSWER, HelloAnswer, "action", ["CONTINUE", "", "stop"]),
    (ANSWER, HelloAnswer, "server_time", [*NOT_INSTANTS, MAX_SERVER_TIME + 1]),
    (EVENTS_ANSWER, EventsAnswer, "server_time", [*NOT_INSTANTS, MAX_SERVER_TIME + 1]),
    (EVENTS_ANSWER, EventsAnswer, "accepted_through", [-1, MAX_SEQ + 1]),
    (EVENTS_ANSWER, EventsAnswer, "results", [[{"seq": 1, "state": "lost", "code": "x"}]]),
    (PAGE, ChangesPage, "server_time", [*NOT_INSTANTS, MAX_SERVER_TIME + 1]),
    (PAGE, ChangesPage, "cursor", ["x" * 193, None]),
    (PAGE, ChangesPage, "changes", [[{"entity": "stock", "key": "x" * 129, "body": {}}]]),
    (ARTICLE, ArticleChange, "sku", ["", "x" * 65]),
    (ARTICLE, ArticleChange, "price_fen", [-1, 2**63, 3.5]),
    (STOCK, StockChange, "quantity", [2**53, -(2**53), 2**70, 1.5]),
    (STOCK, StockChange, "through_seq", [-1]),
    (MEMBER, MemberChange, "member_id", ["", "0" * 23, "0" * 24 + "\n", "G" * 24]),
    (MEMBER, MemberChange, "points", [2**53, -(2**53), 2**70]),
    (MEMBER, MemberChange, "phone_masked", ["13812345678", "138****5678 ", "1381****678", "****"]),
    (COUPON, CouponChange, "coupon_id", ["", "0" * 25, "G" * 24]),
    (COUPON, CouponChange, "state", ["open", ""]),
    (COUPON, CouponChange, "occurred_at", NOT_INSTANTS),
    (DOCUMENT, DocumentChange, "document", ["", "0G", "00" * 60_001]),
    (DOCUMENT, DocumentChange, "version", [-1, 2**70]),
]


@pytest.mark.parametrize(("message", "as_type", "field", "values"), BEYOND)
def test_a_value_beyond_its_limit_is_refused(
    message: dict[str, Any], as_type: type[Any], field: str, values: list[Any]
) -> None:
    for value in values:
        with pytest.raises(msgspec.ValidationError):
            decoded({**message, field: value}, as_type)


def test_a_phone_number_comes_masked_or_not_at_all() -> None:
    assert decoded({**MEMBER, "phone_masked": ""}, MemberChange).phone_masked == ""


def test_a_store_may_live_by_any_clock_that_hq_may_tell() -> None:
    time = Timekeeper(
        clock=StoppedClock(),
        zone=ZoneInfo("Pacific/Kiritimati"),
        contact_at=Millis(0),
        newest_journal=Millis(0),
    )
    time.heard(Millis(MAX_SERVER_TIME))
    assert time.business_date(time.now()).startswith("9999-12-3")


def test_a_clock_in_microseconds_does_not_pass_for_one_in_milliseconds() -> None:
    with pytest.raises(msgspec.ValidationError):
        decoded({**ANSWER, "server_time": 1_770_000_000_000_000}, HelloAnswer)


def test_a_place_in_a_journal_travels_as_a_pair() -> None:
    assert msgspec.json.encode(ORIGIN) == b'[0,"%s"]' % HASH.encode()
    assert msgspec.json.decode(b'[0,"%s"]' % HASH.encode(), type=Point) == ORIGIN


def test_what_hq_sends_of_its_own_reads_back() -> None:
    page = ChangesPage(
        cursor="1:2",
        more=True,
        hq_epoch="hq-1",
        server_time=5,
        changes=(
            Change(
                entity="coupon",
                key="00" * 12,
                body=msgspec.Raw(
                    msgspec.json.encode(CouponChange(coupon_id="00" * 12, state=CouponState.FREE))
                ),
            ),
        ),
    )
    again = msgspec.json.decode(msgspec.json.encode(page), type=ChangesPage)
    assert (again.cursor, again.changes[0].key) == ("1:2", "00" * 12)
    assert msgspec.json.decode(again.changes[0].body, type=CouponChange).state is CouponState.FREE
