"""The status of the running agent, asked over its own local API."""

import json
import sys
from zoneinfo import ZoneInfo

from agent.ops.local_api import NoAgentError, RefusedError, ask
from agent.ops.tables import print_status
from agent.settings import Settings


def show_status(settings: Settings, *, as_json: bool) -> int:
    """Print how the running agent stands; return the exit code."""
    try:
        report = ask(settings, "GET", "/api/v1/status")
    except (NoAgentError, RefusedError) as error:
        print(error, file=sys.stderr)
        return 1
    if as_json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        print_status(report, ZoneInfo(settings.store.timezone))
    return 0
