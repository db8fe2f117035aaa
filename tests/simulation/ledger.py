"""What the tills of one disk were told."""

from dataclasses import dataclass, field


class PromiseBrokenError(AssertionError):
    """The chain did what it promised never to do."""


def keep(promise: int, what: str, expected: object, found: object) -> None:
    """Raise PromiseBrokenError unless `found` is what was expected."""
    if expected != found:
        text = f"promise {promise}, {what}:\nexpected {expected!r}\nfound    {found!r}"
        raise PromiseBrokenError(text)


@dataclass
class Ledger:
    """What the tills of one disk were told."""

    told: dict[int, bytes] = field(default_factory=dict)
    """Lines of the journal, by place."""
    certain: dict[str, str] = field(default_factory=dict)
    """Coupons that were accepted for certain, by redemption."""

    def until(self, seq: int) -> "Ledger":
        """What a copy of the disk knows that ends at `seq`."""
        told = {at: line for at, line in self.told.items() if at <= seq}
        return Ledger(told, dict(self.certain))
