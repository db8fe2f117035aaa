"""Set back: what is told of a PC whose data was damaged, lost its end, or is older than it was.

Found here at a start, by the anchor (agent/services/house/healing.py), or by head office, which
knows otherwise of this PC than its own database.
"""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from agent.base.clock import DAY_MS, Millis
from agent.domain.outcome import Sentence

TOLD_FOR_MS = 3 * DAY_MS
"""So long it is told that head office found it: what head office knew is told back by then."""


class Setback(StrEnum):
    """What happened to the data; stable for monitoring."""

    SET_ASIDE = "set_aside"
    """A database was found damaged, cut or older, and not brought in since."""
    SET_BACK = "set_back"
    """Head office knew otherwise of this PC than its database, and began a new epoch."""


class SetBackStatus(Struct, frozen=True, kw_only=True):
    """Whether this PC's data was damaged or set back."""

    reason: str
    """Stable; empty: it was not. set_aside: files of it wait for `store-agent recover`; set_back:
    head office found it in the last three days."""
    sentence: Sentence | None
    """For cashier and supervisor; None: it was not."""
    detail: str
    """For store IT, with the commands; empty: it was not."""


NOT_SET_BACK = SetBackStatus(reason="", sentence=None, detail="")

SENTENCES: dict[Setback, Sentence] = {
    Setback.SET_ASIDE: Sentence(
        "本机的销售数据曾损坏或被换成旧的，最近的销售可能不在本机：照常收银；查不到的小票先不要退款，"
        "并请联系门店技术支持找回。",
        "This PC's sales data was damaged or replaced by older data, and its newest sales may be "
        "missing here: go on selling, give no money back on a receipt that is not found, and call "
        "store IT to bring them in.",
    ),
    Setback.SET_BACK: Sentence(
        "总部收到的数据和本机的不一致：硬盘可能被换回旧的，或有复制的一份在用。总部有的销售已补回，"
        "没上传过的可能缺失。照常收银；请主管核对这几天的小票，并联系门店技术支持。",
        "What head office has of this PC is not what this PC holds: its disk was set back, or a "
        "copy of it is in use. What head office had is told back, what was never synced may be "
        "missing. Go on selling; the supervisor compares the receipts of these days, and calls "
        "store IT.",
    ),
}


def set_back_status(set_aside: Sequence[str], *, set_back_at: Millis, now: Millis) -> SetBackStatus:
    """Return what is told; `set_aside`: directories of databases not brought in yet, `set_back_at`:
    when HQ found it, 0 for never."""
    if set_aside:
        told = "; ".join(f"store-agent recover {one}/store.db" for one in set_aside)
        return _told(Setback.SET_ASIDE, f"when the store is shut, with the agent stopped: {told}")
    if set_back_at and now - set_back_at < TOLD_FOR_MS:
        return _told(
            Setback.SET_BACK,
            "the disk was set back or copied, or an older state directory put in its place: find "
            "out who restored it; compare the papers with `store-agent outbox list`",
        )
    return NOT_SET_BACK


def _told(what: Setback, detail: str) -> SetBackStatus:
    return SetBackStatus(reason=what, sentence=SENTENCES[what], detail=detail)
