"""Limits of the protocol: what either side may ask of the other."""

PROTOCOL = 1
"""Version of the contract; HQ answers `upgrade` to one that it no longer speaks."""

MAX_BATCH_EVENTS = 500
MAX_BATCH_BYTES = 1_048_576
"""Events of one batch, before compression."""
MAX_LINE_BYTES = 131_072
"""One event. A store refuses to record a larger one, so that no event is ever unsendable."""
MAX_PAGE_CHANGES = 1_000
MAX_PAGE_BYTES = 8 * 1_048_576
MAX_SNAPSHOT_CHANGES = 2_000
"""In one page of a snapshot, which is one transaction of the store."""
MAX_CURSOR_CHARS = 192
HEARTBEAT_S = 5.0
"""A wake-up stream says something at least so often."""
SILENT_STREAM_S = 15.0
"""One that says nothing for so long is dead, whatever TCP thinks of it."""
WAKE_EVENT = b"event: wake\ndata: changes\n\n"
"""What a wake-up stream says when there is something to read."""
MAX_TRAIL_POINTS = 64
MAX_HELLO_BYTES = 16_384
MAX_CLAIMED = 20
"""Coupons of one claim; an order takes fewer."""
MAX_CLAIM_BYTES = 4_096
MAX_COMPARED_RANGES = 64
MAX_COMPARED_EVENTS = 10_000
"""Events that one request compares: some 10 MB that HQ hashes at once."""
MAX_LISTED_ROWS = 200
"""Rows of a table that one answer lists by their keys."""
MAX_COMPARE_BYTES = 32_768
MAX_PARKED_BYTES = 6_000
"""What a hello tells of parked changes, as JSON; the trail has room beside it."""
MAX_PARKED_CHARS = 128
"""Of each text in it, and of the reason; a longer one is cut."""
MAX_BACKUP_PART_BYTES = 524_288
"""Of a store's backup at once: some seconds of a slow line, after which it is gone on with."""
MAX_OFFER_BYTES = 2_048
MAX_ENROLMENT_BYTES = 1_024
MAX_ANSWER_BYTES = 2 * 1_048_576
"""An answer to hello or events."""
MAX_SEQ = 2**53
"""Larger numbers are not exact in every JSON reader."""
MAX_SERVER_TIME = 253_402_128_000_000
"""9999-12-30: a store lives by HQ's clock, so that one in finer units must not pass for it."""
