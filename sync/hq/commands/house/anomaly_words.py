"""What an anomaly is, in words for head office."""

from collections.abc import Callable, Mapping

from sync.hq.commands.language import say
from sync.hq.completeness.anomalies import Anomaly, AnomalyKind


def words_of(one: Anomaly) -> str:
    """Return what it is, in the user's language."""
    return _WORDS[one.kind](one)


_WORDS: Mapping[AnomalyKind, Callable[[Anomaly], str]] = {
    AnomalyKind.RECEIPTS_MISSING: lambda one: say(
        "receipts missing: {count} ({what})", count=one.count, what=one.what
    ),
    AnomalyKind.RECEIPTS_TWICE: lambda one: say("a receipt number twice: {what}", what=one.what),
    AnomalyKind.CLOSINGS_MISSING: lambda one: say(
        "Z reports missing: {count} ({what})", count=one.count, what=one.what
    ),
    AnomalyKind.CLOSINGS_TWICE: lambda one: say(
        "the number of a Z report twice: {what}", what=one.what
    ),
    AnomalyKind.SHIFT_OPEN: lambda one: say("a shift without a Z report: {what}", what=one.what),
    AnomalyKind.CLOSING_DIFFERS: lambda one: say(
        "a Z report does not fit what came (sales, refunds; Z/came): {what}", what=one.what
    ),
    AnomalyKind.NOT_APPLIED: lambda one: say(
        "events without their effect in these tables: {count} (from {what})",
        count=one.count,
        what=one.what,
    ),
    AnomalyKind.PARKED: lambda one: say(
        "parked events: {count} ({what})", count=one.count, what=one.what
    ),
    AnomalyKind.CASES_OPEN: lambda one: say("open cases: {count}", count=one.count),
    AnomalyKind.NOT_RECEIVED: lambda one: say(
        "recorded there and not received: {count} ({what})", count=one.count, what=one.what
    ),
    AnomalyKind.SILENT: lambda _: say("not heard"),
    AnomalyKind.JOURNALS_DIFFER: lambda one: say(
        "the journals differ: {what}; `store-hq compare`", what=one.what
    ),
    AnomalyKind.NOT_COMPARED: lambda _: say("its journal was not compared"),
}
