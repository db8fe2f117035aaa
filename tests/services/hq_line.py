"""The line to head office as a status tells it, and a store that can record."""

from agent.base.clock import Millis
from agent.services.house.recording import RecordingStatus
from agent.services.house.status import FeedFailure, LineStatus, WayReport
from sync.transport.ways import WayState

DOWN = LineStatus(
    online=False,
    since=None,
    upload="backing_off",
    last_error="not_reached",
    detail="no route [/to] hq",
    attempt=3,
    next_try_in_ms=11_001,
    ways=(
        WayReport(
            url="https://hq", interface="eth0", state=WayState.FAILING, last_error="x", detail="[y]"
        ),
        WayReport(
            url="https://hq", interface="wwan0", state=WayState.IN_USE, last_error="", detail=""
        ),
    ),
)
WELL = FeedFailure(last_error="", detail="")
RECORDS = RecordingStatus(possible=True, reason="", sentence=None, detail="", since=Millis(0))
