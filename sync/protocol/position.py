"""Hello: what HQ answers to a store, from where both stand. Pure."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from agent.domain.line.chain import GENESIS
from sync.protocol.limits import PROTOCOL
from sync.protocol.messages import Action, Hello, Point

ORIGIN = Point(0, GENESIS.hex())
"""The place before the first event; every journal shares it."""


class Offer(Struct, frozen=True, kw_only=True):
    """An epoch that HQ gave to a disk which was set back; it begins with the first batch in it."""

    base: Point
    is_void: bool
    """HQ has received something else since."""


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
    abandoned: frozenset[int] = frozenset()
    """Epochs that the present journal does not go through: another copy of the disk came back."""
    offers: Mapping[int, Offer] = {}
    """Epochs that were given and have not begun."""

    @property
    def next_epoch(self) -> int:
        """One that was never given."""
        return max(self.epoch, *self.offers, 0) + 1


class HelloDecision(Struct, frozen=True, kw_only=True):
    """What to answer, and where the store goes on."""

    action: Action
    epoch: int
    accepted: Point
    """With new_epoch, the base: the last place that both sides share."""
    parent: int = 0
    """The epoch whose journal a new one goes on from."""
    is_offer: bool = False
    """The new epoch begins with the first batch in it: a hello alone moves nothing at HQ."""
    detail: str = ""


_SET_BACK = "the store's disk was set back"
_OLDER_COPY = "this is an older copy of the store's disk"
_RESTORED = "the store's database was restored or begun anew"

HashAt = Callable[[int], str | None]
"""HQ's hash at a seq of the store's journal, as it stands; None when HQ holds none there."""
HolderOf = Callable[[Point], int | None]
"""An epoch in which HQ holds just this place, standing or not; None when it does not."""


def _nowhere_else(_: Point) -> None:
    """HQ holds the journal as it stands, and no other."""


def decide_hello(
    hello: Hello, position: StorePosition, hash_at: HashAt, holder_of: HolderOf = _nowhere_else
) -> HelloDecision:
    """Return HQ's answer. `hash_at` and `holder_of` are asked only about places of `hello`.

    A disk that was set back is offered an epoch of its own, beside the journal that HQ holds. An
    older disk that sends first leaves behind what HQ holds of the one in use. When that one comes,
    it proves by its trail that it has what was left behind, and goes on from there; from then on it
    is the other one that is fenced.
    """
    if hello.protocol != PROTOCOL:
        return _stay(Action.UPGRADE, position, f"HQ speaks protocol {PROTOCOL}")
    if position.install_id is not None and hello.install_id != position.install_id:
        return _stay(Action.FENCED, position, "another installation has this store's identity")
    if hello.hq_epoch not in ("", position.hq_epoch):
        return _stay(Action.RESEED, position, "HQ's database is another incarnation")
    if hello.anew and not hello.trail:
        return _stay(Action.WALK_BACK, position, _RESTORED)
    if not hello.anew and _is_offered(hello, position):
        return _in_offer(hello, position, hash_at, holder_of)
    if not hello.anew and _is_overtaken(hello, position):
        return _overtaken(hello, position, hash_at, holder_of)
    if hello.trail:
        return _from_trail(hello, position, hash_at, holder_of)
    return _by_place(hello, position, hash_at)


def _by_place(hello: Hello, position: StorePosition, hash_at: HashAt) -> HelloDecision:
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
    epoch = max(position.next_epoch, hello.epoch + 1)
    return HelloDecision(
        action=Action.NEW_EPOCH, epoch=epoch, accepted=ORIGIN, parent=position.epoch
    )


def _is_offered(hello: Hello, position: StorePosition) -> bool:
    """It stands in an epoch that it was offered; a void offer bars nobody whom HQ lets in."""
    offer = position.offers.get(hello.epoch) if hello.epoch > position.epoch else None
    return offer is not None and (position.install_id is not None or not offer.is_void)


def _in_offer(
    hello: Hello, position: StorePosition, hash_at: HashAt, holder_of: HolderOf
) -> HelloDecision:
    """The store goes on in the epoch that it was offered, as long as HQ received nothing else;
    then it is a copy, which has no say unless it has something that HQ lacks."""
    offer, last = position.offers[hello.epoch], Point(hello.last_seq, hello.last_hash)
    stands = last.seq > offer.base.seq or last == offer.base
    if stands and not offer.is_void and not hello.trail:
        return HelloDecision(action=Action.CONTINUE, epoch=hello.epoch, accepted=offer.base)
    if hash_at(last.seq) == last.hash and offer.is_void:
        return _stay(Action.FENCED, position, _OLDER_COPY)
    if not hello.trail:
        return _stay(Action.WALK_BACK, position, "HQ has received something else meanwhile")
    if offer.is_void and not _has_news(hello, hash_at, holder_of):
        return _stay(Action.FENCED, position, _OLDER_COPY)
    return _from_trail(hello, position, hash_at, holder_of)


def _has_news(hello: Hello, hash_at: HashAt, holder_of: HolderOf) -> bool:
    """Whether the disk has something that HQ holds in no journal of the store."""
    last = hello.trail[0]
    return hash_at(last.seq) != last.hash and holder_of(last) is None


def _is_overtaken(hello: Hello, position: StorePosition) -> bool:
    """Something has arrived in a newer epoch, so whoever sent it knows that epoch; or its own had
    to give way to that of another copy, which may have nothing to send."""
    known = position.install_id is not None
    arrived = position.accepted != position.base
    given_way = hello.epoch in position.abandoned
    return known and hello.epoch < position.epoch and (arrived or given_way)


def _overtaken(
    hello: Hello, position: StorePosition, hash_at: HashAt, holder_of: HolderOf
) -> HelloDecision:
    """The disk in use goes on if the newer epoch, of an older copy, left behind what HQ holds of it
    and is the shorter one. One that had to give way comes back only if the other one has sent
    nothing since, and it has something that HQ lacks."""
    fenced = _stay(Action.FENCED, position, _OLDER_COPY)
    gave_way = hello.epoch in position.abandoned
    if gave_way and position.accepted != position.base:
        return fenced
    if not gave_way and hello.last_seq <= position.accepted.seq:
        return fenced
    if not hello.trail:
        return _stay(Action.WALK_BACK, position, "a newer epoch began from an older place")
    if gave_way and not _has_news(hello, hash_at, holder_of):
        return fenced
    decision = _from_trail(hello, position, hash_at, holder_of)
    return fenced if decision.parent == position.epoch else decision


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
    return _offered(Point(hello.last_seq, hello.last_hash), position)


def _offered(base: Point, position: StorePosition) -> HelloDecision:
    """Offer an epoch from `base`; the same one again when its answer was lost."""
    again = (
        epoch
        for epoch, offer in position.offers.items()
        if epoch > position.epoch and offer == Offer(base=base, is_void=False)
    )
    return HelloDecision(
        action=Action.NEW_EPOCH,
        epoch=next(again, position.next_epoch),
        accepted=base,
        parent=position.epoch,
        is_offer=True,
        detail=_SET_BACK,
    )


def _from_trail(
    hello: Hello, position: StorePosition, hash_at: HashAt, holder_of: HolderOf
) -> HelloDecision:
    shared, parent = ORIGIN, position.epoch
    for point in hello.trail:
        if hash_at(point.seq) == point.hash:
            shared = point
            break
        holder = holder_of(point)
        if holder is not None:
            shared, parent = point, holder
            break
    return HelloDecision(
        action=Action.NEW_EPOCH,
        epoch=max(position.next_epoch, hello.epoch + 1),
        accepted=shared,
        parent=parent,
        is_offer=position.install_id is not None and parent == position.epoch,
        detail=_RESTORED if hello.anew else "the journals differ after this place",
    )


def _stay(action: Action, position: StorePosition, detail: str = "") -> HelloDecision:
    return HelloDecision(
        action=action, epoch=position.epoch, accepted=position.accepted, detail=detail
    )
