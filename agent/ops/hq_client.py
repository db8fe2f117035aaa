"""Head office as a command asks it, on its own."""

from importlib.metadata import version
from pathlib import Path

from agent.base.clock import SystemClock
from agent.settings import Settings
from sync.client import BearerKey, HqClient, Timeouts
from sync.key_file import read_key
from sync.link import LinkState


def own_client(settings: Settings) -> HqClient:
    """Return a client with this store's key, not yet started; KeyFileError."""
    hq = settings.hq
    return HqClient(
        urls=hq.urls,
        credentials=BearerKey(read_key(Path(hq.key_file)) if hq.key_file else ""),
        timeouts=Timeouts(connect_ms=hq.connect_timeout_ms, total_ms=hq.request_timeout_ms),
        user_agent=f"store-agent/{version('store-agent')}",
        link=LinkState(),
        clock=SystemClock(),
    )
