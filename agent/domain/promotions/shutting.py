"""Which promotions may not stand on one order, decided once for a book."""

from collections.abc import Iterable, Iterator, Sequence

from agent.domain.promotions.promotion import Promotion


def shut_out(promotions: Sequence[Promotion]) -> list[int]:
    """Return for each promotion the bits (of places in `promotions`) of those beside which it may
    not stand; its own bit: two coupons of it may not stand together. Pure."""
    named = _Named(promotions)
    masks = [0] * len(promotions)
    for at, one in enumerate(promotions):
        if one.stacking.alone:
            masks[at] = named.everyone
        if one.stacking.group:
            masks[at] |= named.groups[one.stacking.group]
    for names, owners in named.not_beside.items():
        _part(masks, owners, named.bits_of(names))
    for names, owners in named.only_beside.items():
        _part(masks, owners, named.everyone & ~named.bits_of(names))
    return [mask | named.alone for mask in masks]


def bits(mask: int) -> Iterator[int]:
    """Return the places whose bits are set."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class _Named:
    """Bits of promotions by id and group, and of those that name others."""

    def __init__(self, promotions: Sequence[Promotion]) -> None:
        self.everyone = (1 << len(promotions)) - 1
        self.alone = 0
        self.ids: dict[str, int] = {}
        self.groups: dict[str, int] = {}
        self.not_beside: dict[tuple[str, ...], int] = {}
        self.only_beside: dict[tuple[str, ...], int] = {}
        for at, one in enumerate(promotions):
            bit, stacking = 1 << at, one.stacking
            self.ids[one.id] = bit
            self.alone |= bit * stacking.alone
            if stacking.group:
                self.groups[stacking.group] = self.groups.get(stacking.group, 0) | bit
            if (names := stacking.not_beside) != ():
                self.not_beside[names] = self.not_beside.get(names, 0) | bit
            if (only := stacking.only_beside) is not None:
                self.only_beside[only] = self.only_beside.get(only, 0) | bit

    def bits_of(self, names: Iterable[str]) -> int:
        found = 0
        for name in names:
            found |= self.ids.get(name, 0) | self.groups.get(name, 0)
        return found


def _part(masks: list[int], owners: int, others: int) -> None:
    """Let none of `owners` stand beside any of `others`, but for itself."""
    for at in bits(owners):
        masks[at] |= others & ~(1 << at)
    for at in bits(others):
        masks[at] |= owners & ~(1 << at)
