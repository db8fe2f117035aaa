"""`store-agent status`: how the running agent stands, asked over its own local API."""

import json
import sys
from zoneinfo import ZoneInfo

from agent.ops.local_api import NoAgentError, RefusedError, ask
from agent.ops.status_check import State, ThresholdError, check, thresholds
from agent.ops.tables import print_status
from agent.settings import Settings


def check_status(settings: Settings, given: dict[str, str | None], *, as_json: bool) -> int:
    """Print how it stands for monitoring, by the thresholds `given`; return the exit status."""
    try:
        limits = thresholds(given)
    except ThresholdError as error:
        print(f"STORE UNKNOWN - {error}")
        return State.UNKNOWN
    return check(settings, limits, as_json=as_json)


def show_status(settings: Settings, *, as_json: bool) -> int:
    """Print how the running agent stands; return the exit code: 1 also when no sale can be
    recorded."""
    try:
        report = ask(settings, "GET", "/api/v1/status")
    except (NoAgentError, RefusedError) as error:
        print(error, file=sys.stderr)
        return 1
    if as_json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        print_status(report, ZoneInfo(settings.store.timezone))
    return 0 if report["recording"]["possible"] else 1
