"""The judge must see it when something is wrong: each of these spoils the books by hand."""

from tests.booted.case import Case
from tests.booted.judge import Verdict
from tests.booted.pair import Pair

_SPOILED = {
    "a sale row is taken out at head office": (
        "DELETE FROM sale WHERE seq = (SELECT max(seq) FROM sale)"
    ),
    "a sale row is there twice": (
        "INSERT INTO sale SELECT store, epoch + 1, seq, sale_id, till, receipt_no, business_date,"
        " occurred_at, total_fen, discount_fen, payable_fen, points_earned, member_id"
        " FROM sale ORDER BY seq DESC LIMIT 1"
    ),
    "an event's line is changed": (
        "UPDATE event SET line = overlay(line PLACING 'x'::bytea FROM 30)"
        " WHERE seq = (SELECT max(seq) - 1 FROM event)"
    ),
    "an event is taken out": "DELETE FROM event WHERE seq = (SELECT max(seq) FROM event)",
}
"""What was done at head office, and its SQL."""


_KEEP = "CREATE TABLE kept_sale AS TABLE sale; CREATE TABLE kept_event AS TABLE event"


def _judge_sees_it(pair: Pair) -> None:
    with pair.selling() as till:
        till.wait_for(20)
    before = pair.judge()
    pair.expect(not before.complaints, f"it complains of sound books: {before.complaints}")
    pair.store.machine.run("systemctl stop store-agent")
    pair.hq.machine.run("systemctl stop store-hq")
    for what, sql in _SPOILED.items():
        verdict = _judged_with(pair, sql)
        pair.expect(bool(verdict.complaints), f"it does not see that {what}")
    pair.note(f"{len(_SPOILED)} ways, each seen")


def _judged_with(pair: Pair, sql: str) -> Verdict:
    """The verdict over books that were spoiled; they are sound again afterwards."""
    pair.hq.rows(f"{_KEEP}; {sql}")
    try:
        return pair.judge()
    finally:
        pair.hq.rows(
            "BEGIN; TRUNCATE sale, event; INSERT INTO sale TABLE kept_sale;"
            " INSERT INTO event TABLE kept_event; DROP TABLE kept_sale, kept_event; COMMIT"
        )


CASES = (
    Case(
        name="judge",
        what="control: books spoiled by hand",
        expected="the judge complains each time",
        run=_judge_sees_it,
        judged=False,
    ),
)
