"""Effective time: what the store takes for now. It never goes back, whoever sets the clock."""

from agent.base.clock import MINUTE_MS, Millis

AHEAD_MS = 10 * MINUTE_MS
"""So far apart the clocks of HQ's machines and of a PC may honestly be."""


def effective_now(
    *,
    wall: Millis,
    hq_time: Millis | None,
    hq_elapsed_ms: int | None,
    newest_journal: Millis,
) -> Millis:
    """Return the time to decide and to record by.

    `hq_time` is HQ's clock at the last contact, `hq_elapsed_ms` the monotonic time since then;
    it is None after a restart, when only the wall clock can tell how long we were away. While HQ
    was heard in this run, the wall clock has no say: setting it forward poisons nothing.
    """
    if hq_time is not None and hq_elapsed_ms is not None:
        return Millis(max(hq_time + hq_elapsed_ms, newest_journal))
    return Millis(max(wall, hq_time or 0, newest_journal))
