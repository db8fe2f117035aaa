"""The past: what a store is told of journals that it no longer has, of a PC that was replaced or of
its own disk before that was set back. Those events stay in effect; HQ is all that is left of them.
"""

from typing import NamedTuple

from asyncpg import Connection

from agent.base.clock import DAY_MS, Millis
from agent.domain.selling.receipt import UNGREETED
from sync.hq.feed.announce import Announcement, announce
from sync.protocol.changes import PastEndChange
from sync.protocol.messages import Action, Entity, Hello
from sync.protocol.position import HelloDecision

PAST_DAYS = 30
"""Sales, redemptions and Z reports of so long are told; refunds and reversals all, since any piece
and any coupon may come back but once."""
GIVEN_DAYS = 730
"""Coupons that were handed out so long ago are told; none lives longer."""
RECEIPT_LEAP = 10_000
"""So many receipts of a till, at most, HQ never received: a busy week without the line. Numbers go
on after them, so that no paper's number is given again."""
SHIFT_LEAP = 100
"""The same for Z reports."""

_FIRST_EPOCH = 1
_GOES_ON = (Action.CONTINUE, Action.RESEND_FROM, Action.NEW_EPOCH)

_NUMBERS = """
SELECT past_told, receipts_after, shifts_after FROM store_epoch
WHERE (store, epoch) = ($1, $2)
"""

# $2: what is above it was numbered by installations that HQ had not greeted.
_LAST = """
SELECT greatest(
    (SELECT max(receipts_after) FROM store_epoch WHERE store = $1),
    (SELECT max(receipt_no) FROM sale WHERE store = $1 AND receipt_no < $2),
    (SELECT max(receipt_no) FROM refund WHERE store = $1 AND receipt_no < $2)) AS receipt_no,
greatest(
    (SELECT max(shifts_after) FROM store_epoch WHERE store = $1),
    (SELECT max(z_no) FROM closing WHERE store = $1 AND z_no < $2)) AS z_no
"""

_KEEP = """
UPDATE store_epoch SET past_told = true, receipts_after = $3, shifts_after = $4
WHERE (store, epoch) = ($1, $2)
"""

# Lost is what lies after the place where the epoch began, and all of an epoch that was abandoned,
# whose base_seq is beyond every seq; below its own base_seq no other epoch holds anything.
_TELL_GIVEN = """
INSERT INTO change (store, entity, key, body)
SELECT $1, 'handout_given', coupon_id,
    json_build_object('coupon_id', coupon_id, 'sale_id', sale_id)::text
FROM handout_given JOIN store_epoch e USING (store, epoch)
WHERE store = $1 AND epoch < $2 AND (seq > $3 OR seq <= e.base_seq) AND occurred_at >= $4
ORDER BY epoch, seq, coupon_id
"""

# A line is told once it has taken effect: it was read then, and holds nothing that is no text.
_TELL_EVENTS = """
INSERT INTO change (store, entity, key, body)
SELECT $1, 'past_event', epoch || '.' || seq, past_event_body(epoch, seq, line)
FROM event JOIN (
    SELECT store, epoch, seq FROM sale WHERE store = $1 AND epoch < $2 AND occurred_at >= $4
    UNION
    SELECT store, epoch, seq FROM redemption WHERE store = $1 AND epoch < $2 AND occurred_at >= $4
    UNION
    SELECT store, epoch, seq FROM closing WHERE store = $1 AND epoch < $2 AND closed_at >= $4
    UNION
    SELECT store, epoch, seq FROM refund WHERE store = $1 AND epoch < $2
    UNION
    SELECT store, epoch, seq FROM reversal WHERE store = $1 AND epoch < $2
) AS told USING (store, epoch, seq) JOIN store_epoch e USING (store, epoch)
WHERE store = $1 AND (seq > $3 OR seq <= e.base_seq) ORDER BY epoch, seq
"""


class PastTold(NamedTuple):
    """What the answer to hello says of the past."""

    past: bool
    """Whether the feed tells it."""
    receipts_after: int
    shifts_after: int


NOTHING_LOST = PastTold(past=False, receipts_after=0, shifts_after=0)


async def tell_past(
    connection: Connection, hello: Hello, decision: HelloDecision, *, base_seq: int, now: Millis
) -> PastTold:
    """Tell the store once what its epoch, which began after `base_seq`, began without.

    The store's position is locked. A store that does not ask for its past hears of it when it was
    upgraded and does.
    """
    store, epoch = hello.store, decision.epoch
    if not hello.past or epoch <= _FIRST_EPOCH or decision.action not in _GOES_ON:
        return NOTHING_LOST
    told = PastTold(*await connection.fetchrow(_NUMBERS, store, epoch))
    if told.past:
        return told
    last = await connection.fetchrow(_LAST, store, UNGREETED)
    numbers = last["receipt_no"] + RECEIPT_LEAP, last["z_no"] + SHIFT_LEAP
    await connection.execute(_KEEP, store, epoch, *numbers)
    lost = store, epoch, base_seq
    await connection.execute(_TELL_GIVEN, *lost, now - GIVEN_DAYS * DAY_MS)
    await connection.execute(_TELL_EVENTS, *lost, now - PAST_DAYS * DAY_MS)
    end = PastEndChange(epoch=epoch)
    await announce(connection, Announcement(store, Entity.PAST_END, str(epoch), end))
    return PastTold(True, *numbers)
