"""The status of the running agent, asked over its own local API."""

import json
import sys
import urllib.request
from http.client import HTTPException
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.ops.tables import print_status
from agent.settings import Settings
from agent.state_dir import LOCAL_KEY_FILE

TIMEOUT_S = 5.0
_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - listened on, not connected to


def show_status(settings: Settings, *, as_json: bool) -> int:
    """Print how the running agent stands; return the exit code."""
    url = f"http://{_authority(settings)}/api/v1/status"
    key_file = Path(settings.paths.state_dir) / LOCAL_KEY_FILE
    try:
        key = key_file.read_text("ascii").strip()
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})
        # Never by way of a proxy of the environment: it would read the key.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=TIMEOUT_S) as answer:
            report = json.load(answer)
    except (OSError, HTTPException, ValueError) as error:
        print(
            f"no agent answers at {url}: {error}\n"
            "Is it running?  systemctl status store-agent; journalctl -u store-agent",
            file=sys.stderr,
        )
        return 1
    if as_json:
        print(json.dumps(report, ensure_ascii=False))
    else:
        print_status(report, ZoneInfo(settings.store.timezone))
    return 0


def _authority(settings: Settings) -> str:
    host = _ANY_ADDRESS.get(settings.api.host, settings.api.host)
    return f"{f'[{host}]' if ':' in host else host}:{settings.api.port}"
