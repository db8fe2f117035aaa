"""What all papers of a store share: its head, whose and which paper it is, its foot."""

from datetime import datetime, tzinfo

from msgspec import Struct
from msgspec.structs import replace

from agent.base.clock import LAST_AT, Millis
from agent.domain.printing.printout import Element, Pair, Printout, Rule, Text

TRAINING_MARK = "培训 TRAINING"
BUSINESS_DATE = "营业日"


class Letterhead(Struct, frozen=True, kw_only=True):
    """What the settings say of a store's papers."""

    store: str
    """HQ's code of the store."""
    zone: tzinfo
    name: str = ""
    """Empty: the code is shown in its place."""
    header: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    e_receipt_url: str = ""
    """With {receipt} and {sale_id}; empty: no such code is printed."""
    invoice_url: str = ""
    """The same, for asking for an invoice (开票)."""
    training: bool = False


class Issue(Struct, frozen=True, kw_only=True):
    """Which paper it is, and who made it where and when."""

    number: str
    """Receipt number as printed."""
    till: str
    cashier: str
    at: Millis
    business_date: str = ""
    """Told where it is not the date of `at`; empty: not told."""


def paper(letterhead: Letterhead, title: str, elements: tuple[Element, ...]) -> Printout:
    """Return a whole paper: the store's head, the title, `elements`, the store's foot."""
    return Printout(
        elements=(
            *_head(letterhead),
            Text(text=title, align="center", bold=True),
            *elements,
            *(Text(text=line, align="center") for line in letterhead.footer),
        ),
        watermark=TRAINING_MARK if letterhead.training else "",
    )


def copy_of(printout: Printout, no: int, *, at: str) -> Printout:
    """Return `printout` marked as its `no`-th copy (补打), from 1, printed at the moment `at`."""
    mark = Text(text=f"补打 第{no}次 REPRINT", align="center", bold=True)
    printed = Text(text=f"补打时间 {at}", align="center")
    return replace(printout, elements=(mark, printed, *printout.elements))


def issue_lines(letterhead: Letterhead, issue: Issue) -> tuple[Element, ...]:
    """Return the lines that say which paper it is."""
    return (
        Pair(left="小票号", right=issue.number),
        Pair(left=f"机号 {issue.till}", right=f"工号 {issue.cashier}"),
        Pair(left="日期时间", right=moment(letterhead, issue.at)),
        *_business_date(letterhead, issue),
        Rule(),
    )


def _business_date(letterhead: Letterhead, issue: Issue) -> tuple[Element, ...]:
    if issue.business_date in ("", moment(letterhead, issue.at)[:10]):
        return ()
    return (Pair(left=BUSINESS_DATE, right=issue.business_date),)


def moment(letterhead: Letterhead, at: Millis) -> str:
    """Return an instant as the store's clocks show it; what lies beyond the calendar, its end."""
    return datetime.fromtimestamp(min(at, LAST_AT) / 1000, letterhead.zone).strftime(
        "%Y-%m-%d %H:%M:%S"
    )


def _head(letterhead: Letterhead) -> tuple[Element, ...]:
    name = letterhead.name or letterhead.store
    return (
        Text(text=name, align="center", bold=True, large=True),
        *(Text(text=line, align="center") for line in letterhead.header),
    )
