"""Every answer to hello, and what a store does on it."""

import pytest

from sync.errors import ContradictionError, FencedError, StuckError, UpgradeNeededError
from sync.greeting import EnterEpoch, ForgetCursor, Send, Step, WalkBack, next_step
from sync.outbox import OutboxPosition
from sync.protocol.messages import Action, BatchLimits, HelloAnswer, Point

LAST, ACKED, PRUNED = 10, 6, 3
EPOCH = 2


def own(seq: int) -> str:
    """The store's hash at `seq`."""
    return f"{seq:064}"


def hash_here(seq: int) -> str | None:
    return own(seq) if PRUNED <= seq <= LAST or seq == 0 else None


def step(
    action: Action,
    seq: int,
    *,
    hash_: str | None = None,
    epoch: int = EPOCH,
    trail_sent: bool = False,
) -> Step:
    position = OutboxPosition(
        store="MB001",
        install_id="i",
        epoch=EPOCH,
        last=Point(LAST, own(LAST)),
        acked=Point(ACKED, own(ACKED)),
        pruned_seq=PRUNED,
        cursor="c",
        hq_epoch="hq-1",
    )
    answer = HelloAnswer(
        action=action,
        accepted_seq=seq,
        accepted_hash=hash_ or own(seq),
        epoch=epoch,
        hq_epoch="hq-2",
        limits=BatchLimits(events=500, bytes=1_048_576),
        server_time=0,
        detail="why",
    )
    return next_step(answer, position, own_hash=hash_here(seq), trail_sent=trail_sent)


FOREIGN = "f" * 64


@pytest.mark.parametrize("seq", [ACKED, 8, LAST])
@pytest.mark.parametrize("action", [Action.CONTINUE, Action.RESEND_FROM])
def test_what_hq_proves_to_hold_is_acknowledged_and_the_rest_sent(action: Action, seq: int) -> None:
    assert step(action, seq) == Send(accepted=Point(seq, own(seq)))


@pytest.mark.parametrize("action", [Action.CONTINUE, Action.RESEND_FROM])
def test_what_hq_lost_is_sent_again(action: Action) -> None:
    assert step(action, 4) == EnterEpoch(epoch=EPOCH, accepted=Point(4, own(4)))


@pytest.mark.parametrize("action", [Action.CONTINUE, Action.RESEND_FROM])
@pytest.mark.parametrize("seq", [4, ACKED, 8, LAST])
def test_other_journal_at_hq_is_traced_back_even_when_hq_has_not_noticed(
    action: Action, seq: int
) -> None:
    assert step(action, seq, hash_=FOREIGN) == WalkBack()


def test_journal_at_hq_that_goes_further_is_traced_back() -> None:
    assert step(Action.CONTINUE, LAST + 1) == WalkBack()


def test_walk_back_sends_the_trail_once() -> None:
    assert step(Action.WALK_BACK, 8) == WalkBack()
    with pytest.raises(ContradictionError):
        step(Action.WALK_BACK, 8, trail_sent=True)
    with pytest.raises(ContradictionError):
        step(Action.CONTINUE, 8, hash_=FOREIGN, trail_sent=True)


@pytest.mark.parametrize("seq", [PRUNED, 4, ACKED, LAST])
def test_new_epoch_begins_at_the_shared_place(seq: int) -> None:
    assert step(Action.NEW_EPOCH, seq, epoch=3) == EnterEpoch(
        epoch=3, accepted=Point(seq, own(seq))
    )


def test_new_epoch_at_a_place_that_is_not_shared_is_refused() -> None:
    for seq, hash_ in ((4, FOREIGN), (8, FOREIGN), (LAST + 1, None)):
        with pytest.raises(ContradictionError) as raised:
            step(Action.NEW_EPOCH, seq, hash_=hash_, epoch=3)
        assert raised.value.code == "base_not_shared"


@pytest.mark.parametrize("epoch", [0, 1, EPOCH])
def test_epoch_never_goes_back(epoch: int) -> None:
    with pytest.raises(ContradictionError):
        step(Action.NEW_EPOCH, 8, epoch=epoch)


def test_epoch_changes_only_by_new_epoch() -> None:
    with pytest.raises(ContradictionError):
        step(Action.CONTINUE, 8, epoch=3)


@pytest.mark.parametrize("action", [Action.RESEND_FROM, Action.CONTINUE, Action.NEW_EPOCH])
def test_events_that_hq_lost_and_the_store_no_longer_keeps_are_said_to_be_gone(
    action: Action,
) -> None:
    epoch = 3 if action is Action.NEW_EPOCH else EPOCH
    for seq in (0, 2):
        with pytest.raises(StuckError) as raised:
            step(action, seq, epoch=epoch)
        assert raised.value.code == "journal_pruned"


def test_new_feed_of_hq_is_begun_anew() -> None:
    assert step(Action.RESEED, 0) == ForgetCursor(hq_epoch="hq-2")


def test_fence_and_upgrade_stop_the_sending() -> None:
    with pytest.raises(FencedError, match="why"):
        step(Action.FENCED, 0)
    with pytest.raises(UpgradeNeededError, match="why"):
        step(Action.UPGRADE, 0)
