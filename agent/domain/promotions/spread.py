"""Spreading a sum over weights to the fen, by largest remainder (Hamilton's method)."""

from collections.abc import Sequence


def spread(fen: int, weights: Sequence[int]) -> list[int]:
    """Return the shares of `fen` in proportion to `weights`; they sum to it, none above its weight
    when `fen` is no more than all of them. A tie goes to the first."""
    there = sum(weights)
    if not fen or not there:
        return [0] * len(weights)
    if len(weights) == 1:
        return [fen]
    shares = [weight * fen // there for weight in weights]
    short = fen - sum(shares)
    if short:
        rests = [weight * fen % there for weight in weights]
        for place in sorted(range(len(rests)), key=rests.__getitem__, reverse=True)[:short]:
            shares[place] += 1
    return shares
