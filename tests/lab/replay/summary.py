"""The summary of a replay: for people a table, for machines one JSON object of the same keys."""

import msgspec
from rich.console import Console
from rich.table import Table

from agent.domain.money import yuan
from tests.lab.replay.audit import Audit
from tests.lab.replay.ledger import Ledger
from tests.lab.replay.plan import Plan
from tests.lab.replay.replay import Timing

DIGITS = 3
"""Of seconds and rates."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay came to."""

    coupons: int
    """Issued."""
    redeemed: int
    """Uses of coupons at the tills: those that were presented in two stores count twice."""
    accepted_at_risk: int
    """Those of them that HQ had yet to confirm."""
    refused: dict[str, int]
    """Hostile scans by reason."""
    sales: int
    """With and without a coupon."""
    discount_fen: int
    events_store: int
    events_hq: int
    lost: int
    """Sales that a till was told are recorded, and that HQ does not hold."""
    duplicated: int
    """Events of HQ whose event id, sale id or receipt number HQ holds already."""
    cases: int
    journal_hash_equal: bool
    offline_seconds: float
    """Between cutting and mending the lines; 0 when they were not cut."""
    drain_seconds: float
    """From mending, or from the last sale, until the last event is acknowledged."""
    redeem_per_s: float
    """Coupons redeemed a second of selling; scans, hostile ones and repetitions included in it."""
    drain_per_s: float
    """Events brought to HQ a second of draining; 0 when the lines were not cut."""


def summarize(plan: Plan, ledger: Ledger, found: Audit, timing: Timing) -> Summary:
    """Return the summary."""
    cut = timing.offline_s > 0
    return Summary(
        coupons=len(plan.coupons),
        redeemed=ledger.redeemed,
        accepted_at_risk=ledger.at_risk,
        refused=dict(sorted(ledger.refused.items())),
        sales=len(ledger.sales),
        discount_fen=ledger.discount_fen,
        events_store=found.events_store,
        events_hq=found.events_hq,
        lost=found.lost,
        duplicated=found.duplicated,
        cases=found.cases,
        journal_hash_equal=found.journal_hash_equal,
        offline_seconds=round(timing.offline_s, DIGITS),
        drain_seconds=round(timing.drain_s, DIGITS),
        redeem_per_s=_rate(ledger.redeemed, timing.selling_s),
        drain_per_s=_rate(found.events_hq, timing.drain_s) if cut else 0.0,
    )


def print_table(summary: Summary, console: Console) -> None:
    """Print the summary for people."""
    table = Table(title="Replay 回放", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in _rows(summary):
        table.add_row(name, value)
    console.print(table)


def _rows(summary: Summary) -> list[tuple[str, str]]:
    refused = [(f"  refused 拒绝: {reason}", str(n)) for reason, n in summary.refused.items()]
    return [
        ("coupons issued 发券", str(summary.coupons)),
        ("redeemed 核销", str(summary.redeemed)),
        ("  at risk, HQ to confirm 断网核销", str(summary.accepted_at_risk)),
        *refused,
        ("sales 销售", str(summary.sales)),
        ("discount, yuan 优惠", yuan(summary.discount_fen)),
        ("events in the stores 门店流水", str(summary.events_store)),
        ("events at HQ 总部流水", str(summary.events_hq)),
        ("lost 丢失", str(summary.lost)),
        ("duplicated 重复", str(summary.duplicated)),
        ("double uses found 冲突", str(summary.cases)),
        ("journal hash equal 哈希一致", "yes" if summary.journal_hash_equal else "NO"),
        ("cut off, s 断网", f"{summary.offline_seconds:.1f}"),
        ("drained in, s 同步", f"{summary.drain_seconds:.1f}"),
        ("redeemed per s", f"{summary.redeem_per_s:.0f}"),
        ("drained per s", f"{summary.drain_per_s:.0f}"),
    ]


def _rate(count: int, seconds: float) -> float:
    return round(count / seconds, DIGITS) if seconds > 0 else 0.0
