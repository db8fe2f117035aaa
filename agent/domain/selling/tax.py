"""Tax that is in the price: of each line's price after all that was taken off, rounded per line.

The rate is that of the price without tax (增值税, VAT): of 11.30 at 13 %, 1.30 is tax.
"""

from collections.abc import Sequence

from agent.domain.basket import Line

_WHOLE_BP = 10_000


def tax_in(net_fen: int, tax_bp: int) -> int:
    """Return the tax in `net_fen`, half a fen rounded up."""
    with_tax_bp = _WHOLE_BP + tax_bp
    return (2 * net_fen * tax_bp + with_tax_bp) // (2 * with_tax_bp)


def taxes(lines: Sequence[Line], net_fen: Sequence[int]) -> dict[int, int]:
    """Return the tax in what was paid for the lines, in fen by rate in 1/10,000, the lowest rate
    first; lines without a rate have no part in it."""
    found: dict[int, int] = {}
    for line, net in zip(lines, net_fen, strict=True):
        if line.tax_bp is not None:
            found[line.tax_bp] = found.get(line.tax_bp, 0) + tax_in(net, line.tax_bp)
    return dict(sorted(found.items()))
