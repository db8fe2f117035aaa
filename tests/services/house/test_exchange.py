"""How the store stands with head office, in one word: no state in which events are not taken looks
well, and none is without words."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.services.house.exchange import MANY_TRIES, TOLD, Exchange, Tone, exchange_of, told
from sync.uploader import UploadState

TAKEN = (UploadState.IDLE, UploadState.SENDING)
uploads = st.sampled_from(UploadState)
failures = st.sampled_from(
    ["", "timeout", "key_missing", "journal_pruned", "epoch_differs", "store_not_writable"]
)


def found(
    upload: str = "idle",
    *,
    online: bool = True,
    last_error: str = "",
    attempt: int = 0,
    feed_error: str = "",
    feed_complete: bool = True,
) -> Exchange:
    return exchange_of(
        upload,
        online=online,
        last_error=last_error,
        attempt=attempt,
        feed_error=feed_error,
        feed_complete=feed_complete,
    )


@pytest.mark.parametrize("state", [*Exchange])
def test_each_state_has_its_words_in_both_languages(state: Exchange) -> None:
    said = told(state)
    for sentence in (said.title, said.hint):
        assert any("\u4e00" <= sign <= "\u9fff" for sign in sentence.zh_cn)
        assert sentence.en.isascii() or "’" in sentence.en
    others = [TOLD[other].title.zh_cn for other in Exchange if other is not state]
    assert said.title.zh_cn not in others


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (found(), Exchange.ONLINE),
        (found("sending"), Exchange.ONLINE),
        (found(online=False), Exchange.OFFLINE),
        (found("starting", online=False), Exchange.STARTING),
        (found("unconfigured", online=False, last_error="key_missing"), Exchange.UNCONFIGURED),
        (found("fenced", online=False), Exchange.FENCED),
        (found("rejected"), Exchange.REJECTED),
        (found("rejected", last_error="key_missing"), Exchange.KEY_MISSING),
        (found("upgrade_needed"), Exchange.UPGRADE_NEEDED),
        (found("stuck", last_error="event_too_large"), Exchange.STUCK),
        (found("stuck", last_error="journal_pruned"), Exchange.JOURNAL_PRUNED),
        (found("crashed", last_error="journal_pruned"), Exchange.CRASHED),
        (found("stopped"), Exchange.STOPPED),
        (found("backing_off", last_error="timeout", attempt=1), Exchange.ONLINE),
        (found("backing_off", last_error="epoch_differs", attempt=2), Exchange.DELAYED),
        (found("backing_off", last_error="hash_differs", attempt=MANY_TRIES), Exchange.NOT_TAKEN),
        (found("backing_off", online=False, attempt=MANY_TRIES), Exchange.OFFLINE),
        (found(feed_error="cursor_stuck"), Exchange.FEED_FAILING),
        (found(feed_complete=False), Exchange.FEED_INCOMPLETE),
        (found("fenced", feed_complete=False), Exchange.FENCED),
    ],
)
def test_what_only_people_can_end_shows_before_what_passes(
    state: Exchange, expected: Exchange
) -> None:
    assert state is expected


@given(
    upload=uploads,
    online=st.booleans(),
    last_error=failures,
    attempt=st.integers(0, 20),
    feed_error=failures,
    feed_complete=st.booleans(),
)
def test_nothing_looks_well_unless_events_are_taken_and_all_is_told(
    upload: UploadState,
    online: bool,
    last_error: str,
    attempt: int,
    feed_error: str,
    feed_complete: bool,
) -> None:
    state = exchange_of(
        upload,
        online=online,
        last_error=last_error,
        attempt=attempt,
        feed_error=feed_error,
        feed_complete=feed_complete,
    )
    if TOLD[state].tone is Tone.GOOD:
        assert upload in TAKEN or attempt <= 1
        assert (online, feed_error, feed_complete) == (True, "", True)


def test_every_state_can_come_up() -> None:
    """The control: no word is kept that is never said."""
    errors = ("", "key_missing", "journal_pruned")
    seen = {
        found(up, online=on, last_error=error, attempt=n, feed_error=feed, feed_complete=whole)
        for up, on, error, n, feed, whole in product(
            UploadState, (True, False), errors, (1, 2, MANY_TRIES), ("", "x"), (True, False)
        )
    }
    assert seen == set(Exchange)
