"""套餐: pieces of each group, together at a price."""

from typing import Annotated, ClassVar

from msgspec import Meta

from agent.domain.money import Amount
from agent.domain.promotions.effects.kind import Count, OfferKind, dearest, off_pieces, repeated
from agent.domain.promotions.offered import Given, Lack, Phase, View, Why
from agent.domain.promotions.scope import Scope


class Group(Scope, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Articles of which the set holds `quantity` pieces, any of them."""

    quantity: Count = 1
    name: str = ""


class SetPrice(OfferKind, frozen=True, kw_only=True, tag="set_price"):
    """套餐: `quantity` pieces of each group, the dearest of each, together for `price_fen`.

    A piece is in one group.
    """

    phase: ClassVar[Phase] = Phase.PIECES
    takes_own_scope: ClassVar[bool] = False
    once: ClassVar[bool] = False
    price_fen: Amount
    groups: Annotated[tuple[Group, ...], Meta(min_length=1, max_length=20)]

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """The groups."""
        return self.groups

    def offer(self, view: View) -> Given | Lack:
        """One set."""
        taken = self._pieces(view)
        if isinstance(taken, Lack):
            return taken
        full = sum(view.price[good] * count for good, count in taken.items())
        return off_pieces(full - self.price_fen, taken, view)

    def most(self, view: View) -> int:
        """All sets at the price of the dearest pieces, which no set is above."""
        first = repeated(self, view, 1)
        size = sum(group.quantity for group in self.groups)
        free = {good: view.free[good] for pieces in view.groups for good in pieces}
        return first * (sum(free.values()) // size)

    def mistakes(self) -> list[tuple[str, str, dict[str, object]]]:
        """A set is of two pieces or more."""
        if sum(group.quantity for group in self.groups) < 2:
            return [("groups", "a set is of two pieces or more: add a group or a quantity", {})]
        return []

    def _pieces(self, view: View) -> dict[int, int] | Lack:
        """The dearest pieces that make one set."""
        members = {good for pieces in view.groups for good in pieces}
        if len(members) < sum(map(len, view.groups)):
            return self._matched(view, members)
        taken: dict[int, int] = {}
        missing = []
        for group, pieces in zip(self.groups, view.groups, strict=True):
            found = dearest(group.quantity, pieces, view.free)
            if found is None:
                missing.append(group)
            else:
                taken.update(found)
        return self._incomplete(missing) if missing else taken

    def _matched(self, view: View, members: set[int]) -> dict[int, int] | Lack:
        """Groups that share articles: from the dearest piece down, each that can still be placed
        beside those before it (the greedy algorithm on a transversal matroid, which is exact)."""
        held: list[list[int]] = [[] for _ in self.groups]
        for good in sorted(members, key=lambda at: (-view.price[at], at)):
            for _ in range(view.free[good]):
                if not self._place(good, held, view, set()):
                    break
        missing = [
            group
            for group, goods in zip(self.groups, held, strict=True)
            if len(goods) < group.quantity
        ]
        if missing:
            return self._incomplete(missing)
        taken: dict[int, int] = {}
        for good in sorted((good for goods in held for good in goods), key=lambda at: at):
            taken[good] = taken.get(good, 0) + 1
        return taken

    def _place(self, good: int, held: list[list[int]], view: View, tried: set[int]) -> bool:
        """Put a piece of `good` into a group, moving others to another one where it is full."""
        for at, group in enumerate(self.groups):
            if at in tried or good not in view.groups[at]:
                continue
            tried.add(at)
            if len(held[at]) < group.quantity:
                held[at].append(good)
                return True
            for slot, other in enumerate(held[at]):
                if self._place(other, held, view, tried):
                    held[at][slot] = good
                    return True
        return False

    def _incomplete(self, missing: list[Group]) -> Lack:
        names = [group.name or ", ".join(_named(group)) for group in missing]
        return Lack(Why.SET_INCOMPLETE, {"missing": names, "price_fen": self.price_fen})


def _named(group: Group) -> tuple[str, ...]:
    return group.articles + group.categories + group.brands
