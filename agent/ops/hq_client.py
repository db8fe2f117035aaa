"""Head office as a command asks it, on its own."""

from importlib.metadata import version

from agent.base.clock import SystemClock
from agent.enrolled import credentials, enrolled
from agent.settings import Settings
from sync.client import HqClient
from sync.transport.link import LinkState
from sync.transport.request import Timeouts


def own_client(settings: Settings) -> HqClient:
    """Return a client with this machine's key, not yet started."""
    hq, clock = settings.hq, SystemClock()
    return HqClient(
        urls=hq.urls,
        interfaces=hq.interfaces,
        credentials=credentials(enrolled(settings), clock=clock, root_key=hq.root_key),
        timeouts=Timeouts(connect_ms=hq.connect_timeout_ms, total_ms=hq.request_timeout_ms),
        user_agent=f"store-agent/{version('store-agent')}",
        link=LinkState(),
        clock=clock,
        ca_file=hq.ca_file,
    )
