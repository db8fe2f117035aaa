"""What a store does on head office's answer to hello: a pure decision, run by the uploader."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from sync.errors import ContradictionError, FencedError, StuckError, UpgradeNeededError
from sync.outbox import OutboxPosition
from sync.protocol.limits import MAX_PARKED_BYTES, MAX_PARKED_CHARS, PROTOCOL
from sync.protocol.messages import Action, Hello, HelloAnswer, ParkedChange, Point


@dataclass(frozen=True, kw_only=True)
class Send:
    """HQ's hash proves that it holds the journal up to `accepted`: acknowledge, send the rest."""

    accepted: Point


@dataclass(frozen=True, kw_only=True)
class EnterEpoch:
    """Go on under `epoch` from `accepted`, whatever was acknowledged before; then send."""

    epoch: int
    accepted: Point


@dataclass(frozen=True, kw_only=True)
class ForgetCursor:
    """Begin the feed of HQ's incarnation `hq_epoch`; then say hello again."""

    hq_epoch: str


@dataclass(frozen=True, kw_only=True)
class WalkBack:
    """Say hello again, with the trail."""


Step = Send | EnterEpoch | ForgetCursor | WalkBack


def greeting(
    position: OutboxPosition, *, trail: tuple[Point, ...], app_version: str, clock: int
) -> Hello:
    """Return the hello of a store at `position`."""
    return Hello(
        store=position.store,
        install_id=position.install_id,
        epoch=position.epoch,
        last_seq=position.last.seq,
        last_hash=position.last.hash,
        acked_seq=position.acked.seq,
        cursor=position.cursor,
        hq_epoch=position.hq_epoch,
        protocol=PROTOCOL,
        app_version=app_version,
        clock=clock,
        trail=trail,
        parked_count=position.parked_count,
        parked=told(position.parked),
        past=True,
        anew=position.anew,
        running=position.running,
    )


def told(parked: Sequence[ParkedChange]) -> tuple[ParkedChange, ...]:
    """Return what a hello has room for, of texts that are cut to what HQ keeps."""
    room, taken = MAX_PARKED_BYTES, []
    for change in parked:
        cut = ParkedChange(
            entity=change.entity[:MAX_PARKED_CHARS],
            key=change.key[:MAX_PARKED_CHARS],
            why=change.why[:MAX_PARKED_CHARS],
        )
        room -= len(msgspec.json.encode(cut)) + 1
        if room < 0:
            break
        taken.append(cut)
    return tuple(taken)


def next_step(
    answer: HelloAnswer, position: OutboxPosition, *, own_hash: str | None, trail_sent: bool
) -> Step:
    """Return what to do; `own_hash` is the store's hash at answer.accepted_seq, if it holds one.

    Raises FencedError and UpgradeNeededError when HQ says so, StuckError when HQ needs events
    that are no longer kept, ContradictionError when the answer can't be right.
    """
    match answer.action:
        case Action.FENCED:
            raise FencedError("fenced", answer.detail)
        case Action.UPGRADE:
            raise UpgradeNeededError("upgrade_needed", answer.detail)
        case Action.RESEED:
            return ForgetCursor(hq_epoch=answer.hq_epoch)
        case Action.WALK_BACK:
            return _walk_back(trail_sent, "HQ asks for the trail again")
        case Action.NEW_EPOCH:
            return _new_epoch(answer, position, own_hash)
        case Action.CONTINUE | Action.RESEND_FROM:
            return _same_epoch(answer, position, own_hash, trail_sent)


def _new_epoch(answer: HelloAnswer, position: OutboxPosition, own_hash: str | None) -> EnterEpoch:
    if answer.epoch <= position.epoch:
        raise ContradictionError("epoch_not_new", f"{answer.epoch} after {position.epoch}")
    _check_kept(answer, position)
    if own_hash != answer.accepted_hash:
        raise ContradictionError("base_not_shared", f"HQ's hash at {answer.accepted_seq} differs")
    return EnterEpoch(epoch=answer.epoch, accepted=_accepted(answer))


def _same_epoch(
    answer: HelloAnswer, position: OutboxPosition, own_hash: str | None, trail_sent: bool
) -> Step:
    if answer.epoch != position.epoch:
        raise ContradictionError("epoch_differs", f"{answer.epoch} at HQ, {position.epoch} here")
    _check_kept(answer, position)
    if own_hash != answer.accepted_hash:
        return _walk_back(trail_sent, f"HQ's hash at {answer.accepted_seq} differs")
    if answer.accepted_seq < position.acked.seq:
        return EnterEpoch(epoch=position.epoch, accepted=_accepted(answer))
    return Send(accepted=_accepted(answer))


def _check_kept(answer: HelloAnswer, position: OutboxPosition) -> None:
    """Raise StuckError when HQ lacks events that this store has deleted."""
    if answer.accepted_seq < position.pruned_seq:
        kept = f"HQ holds up to {answer.accepted_seq}, kept here is {position.pruned_seq + 1} on"
        raise StuckError("journal_pruned", kept)


def _walk_back(trail_sent: bool, why: str) -> WalkBack:
    if trail_sent:
        raise ContradictionError("trail_not_used", why)
    return WalkBack()


def _accepted(answer: HelloAnswer) -> Point:
    return Point(answer.accepted_seq, answer.accepted_hash)
