"""Spreading a sum over weights to the fen, by largest remainder (Hamilton's method)."""

from collections.abc import Sequence


def spread(fen: int, weights: Sequence[int]) -> list[int]:
    """Return the shares of `fen` in proportion to `weights`; they sum to it, none above its weight
    when `fen` is no more than all of them. A tie goes to the first."""
    there = sum(weights)
    if not fen or not there:
        return [0] * len(weights)
    if fen == there:
        return list(weights)
    shares = []
    rests = []
    given = 0
    for weight in weights:
        share, rest = divmod(weight * fen, there)
        shares.append(share)
        rests.append(rest)
        given += share
    short = fen - given
    if short:
        for place in sorted(range(len(rests)), key=rests.__getitem__, reverse=True)[:short]:
            shares[place] += 1
    return shares
