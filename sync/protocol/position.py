"""Hello: what HQ answers to a store, from where both stand. Pure."""

from collections.abc import Callable

from msgspec import Struct

from agent.domain.line.chain import GENESIS
from sync.protocol.limits import PROTOCOL
from sync.protocol.messages import Action, Hello, Point

ORIGIN = Point(0, GENESIS.hex())
"""The place before the first event; every journal shares it."""


class StorePosition(Struct, frozen=True, kw_only=True):
    """Where HQ stands with a store."""

    epoch: int
    """0 before the first hello."""
    install_id: str | None
    """None: the next installation that says hello is taken (new store, or released by HQ)."""
    accepted: Point
    base: Point = ORIGIN
    """Where the epoch began; as long as `accepted` is there, the epoch may be news to the store."""
    hq_epoch: str


class HelloDecision(Struct, frozen=True, kw_only=True):
    """What to answer, and where the store goes on."""

    action: Action
    epoch: int
    accepted: Point
    """With new_epoch, the base: the last place that both sides share."""
    detail: str = ""


_RESTORED = "the store's database was restored or begun anew"

HashAt = Callable[[int], str | None]
"""HQ's hash at a seq of the store's journal, as it stands; None when HQ holds none there."""


def decide_hello(hello: Hello, position: StorePosition, hash_at: HashAt) -> HelloDecision:
    """Return HQ's answer. `hash_at` is asked only about seqs of `hello`."""
    if hello.protocol != PROTOCOL:
        return _stay(Action.UPGRADE, position, f"HQ speaks protocol {PROTOCOL}")
    if position.install_id is not None and hello.install_id != position.install_id:
        return _stay(Action.FENCED, position, "another installation has this store's identity")
    if hello.hq_epoch not in ("", position.hq_epoch):
        return _stay(Action.RESEED, position, "HQ's database is another incarnation")
    if not hello.anew and _is_overtaken(hello, position):
        return _stay(Action.FENCED, position, "this is an older copy of the store's disk")
    if hello.trail:
        return _from_trail(hello, position, hash_at)
    if hello.anew:
        return _stay(Action.WALK_BACK, position, _RESTORED)
    if position.install_id is None:
        return _first_hello(hello, position)
    if hello.epoch < position.epoch:
        return _older_epoch(hello, position)
    if hello.epoch > position.epoch:
        return _stay(Action.WALK_BACK, position, "HQ does not know this epoch")
    return _same_epoch(hello, position, hash_at)


def _first_hello(hello: Hello, position: StorePosition) -> HelloDecision:
    if hello.last_seq and (hello.epoch or position.accepted.seq):
        return _stay(Action.WALK_BACK, position, "this installation is new to HQ")
    epoch = max(position.epoch, hello.epoch) + 1
    return HelloDecision(action=Action.NEW_EPOCH, epoch=epoch, accepted=ORIGIN)


def _is_overtaken(hello: Hello, position: StorePosition) -> bool:
    """Something has arrived in a newer epoch, so whoever sent it knows that epoch."""
    known = position.install_id is not None
    return known and hello.epoch < position.epoch and position.accepted != position.base


def _older_epoch(hello: Hello, position: StorePosition) -> HelloDecision:
    """The answer that gave the epoch was lost: give it again."""
    if position.base in (ORIGIN, Point(hello.last_seq, hello.last_hash)):
        return _stay(Action.NEW_EPOCH, position, "the epoch was given before")
    return _stay(Action.WALK_BACK, position, "the epoch given before began elsewhere")


def _same_epoch(hello: Hello, position: StorePosition, hash_at: HashAt) -> HelloDecision:
    accepted = position.accepted
    if hello.last_seq > accepted.seq:
        back = hello.acked_seq > accepted.seq
        return _stay(Action.RESEND_FROM if back else Action.CONTINUE, position)
    if hash_at(hello.last_seq) != hello.last_hash:
        return _stay(Action.WALK_BACK, position, "the journals differ")
    if hello.last_seq == accepted.seq:
        return _stay(Action.CONTINUE, position)
    return HelloDecision(
        action=Action.NEW_EPOCH,
        epoch=position.epoch + 1,
        accepted=Point(hello.last_seq, hello.last_hash),
        detail="the store's disk was set back",
    )


def _from_trail(hello: Hello, position: StorePosition, hash_at: HashAt) -> HelloDecision:
    shared = next((point for point in hello.trail if hash_at(point.seq) == point.hash), None)
    return HelloDecision(
        action=Action.NEW_EPOCH,
        epoch=max(position.epoch, hello.epoch) + 1,
        accepted=shared or ORIGIN,
        detail=_RESTORED if hello.anew else "the journals differ after this place",
    )


def _stay(action: Action, position: StorePosition, detail: str = "") -> HelloDecision:
    return HelloDecision(
        action=action, epoch=position.epoch, accepted=position.accepted, detail=detail
    )
