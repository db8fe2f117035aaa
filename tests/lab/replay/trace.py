"""The trace: rows of coupons and baskets, read one by one, with errors that name the line."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.domain.bounds import MAX_LINES
from agent.domain.coupons.campaign import SumRule, parse_rule

COLUMNS = ("User_id", "Merchant_id", "Coupon_id", "Discount_rate")
"""What a file of coupons must have; other columns may stand beside them."""
MAX_CELL_CHARS = 64

_UNKNOWN = "null"
"""How the public O2O coupon data set says that a cell is not known."""


class TraceError(Exception):
    """A file can't be used; the message names the file, the line and what was expected."""


@dataclass(frozen=True, kw_only=True)
class CouponRow:
    """One coupon, received by one user in one merchant's campaign."""

    user: str
    merchant: str
    coupon: str
    """The campaign's number in the file."""
    rate: str
    rule: SumRule


def read_coupons(
    file: Path, *, merchant: str | None = None, limit: int | None = None
) -> Iterator[CouponRow]:
    """Yield the first `limit` coupons of `file`, only those of `merchant` if one is given."""
    found = 0
    for number, cells in _rows(file, _header(file)):
        row = _coupon(file, number, cells)
        if merchant in (None, row.merchant):
            found += 1
            yield row
        if found == limit:
            return
    if not found:
        whose = f" of merchant {merchant}" if merchant else ""
        raise TraceError(f"{file}: there is no coupon{whose} in it")


def read_baskets(file: Path) -> list[tuple[str, ...]]:
    """Return the article groups of each basket; a line is a basket."""
    baskets = [groups for number, cells in _lines(file) if (groups := _basket(file, number, cells))]
    if not baskets:
        raise TraceError(f"{file}: there is no basket in it")
    return baskets


def _header(file: Path) -> Sequence[str]:
    header = [cell.strip() for cell in next(_lines(file), (1, []))[1]]
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise TraceError(
            f"{file}, line 1: the column {missing[0]} is missing; expected {', '.join(COLUMNS)}"
        )
    return header


def _rows(file: Path, header: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    lines = _lines(file)
    next(lines)
    for number, cells in lines:
        if not cells:
            continue
        if len(cells) != len(header):
            raise TraceError(
                f"{file}, line {number}: {len(header)} columns were expected, got {len(cells)}"
            )
        yield number, dict(zip(header, (cell.strip() for cell in cells), strict=True))


def _lines(file: Path) -> Iterator[tuple[int, list[str]]]:
    number = 0
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text, strict=True)
            for cells in reader:
                number = reader.line_num
                yield number, cells
    except OSError as error:
        raise TraceError(f"{file}: {error.strerror}") from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise TraceError(f"{file}, after line {number}: not CSV in UTF-8: {error}") from None


def _coupon(file: Path, number: int, cells: dict[str, str]) -> CouponRow:
    user, merchant, coupon, rate = (_known(file, number, name, cells[name]) for name in COLUMNS)
    try:
        rule = parse_rule(rate)
    except ValueError as error:
        raise TraceError(f"{file}, line {number}: Discount_rate: {error}") from None
    return CouponRow(user=user, merchant=merchant, coupon=coupon, rate=rate, rule=rule)


def _known(file: Path, number: int, name: str, cell: str) -> str:
    if cell in ("", _UNKNOWN):
        raise TraceError(f"{file}, line {number}: {name} is not known")
    if len(cell) > MAX_CELL_CHARS or not cell.isprintable():
        raise TraceError(
            f"{file}, line {number}: {name} is more than {MAX_CELL_CHARS} printable characters"
        )
    return cell


def _basket(file: Path, number: int, cells: list[str]) -> tuple[str, ...]:
    groups = tuple(group for cell in cells if (group := cell.strip()))
    if len(set(groups)) > MAX_LINES:
        raise TraceError(f"{file}, line {number}: a basket has at most {MAX_LINES} groups")
    if any(len(group) > MAX_CELL_CHARS or not group.isprintable() for group in groups):
        raise TraceError(
            f"{file}, line {number}: a group is more than {MAX_CELL_CHARS} printable characters"
        )
    return groups
