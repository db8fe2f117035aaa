"""The running agent's own local API, asked with the key of this PC's commands."""

import json
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from agent.base.problem import CONTENT_TYPE
from agent.ops.other_end import StrangerError, opener_to
from agent.settings import Settings
from agent.state_dir import LOCAL_KEY_FILE

TIMEOUT_S = 5.0
HEALTH_TIMEOUT_S = 8.0
"""Longer than the agent waits for a disk that hangs before it says so."""
_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - listened on, not connected to


_RUNNING = "Is it running?  systemctl status store-agent; journalctl -u store-agent"


class NoAgentError(Exception):
    """No agent can be asked; the message says where and what to look at."""


class NotRunningError(NoAgentError):
    """No agent runs; in other cases one may, and hold what it holds."""


class RefusedError(Exception):
    """The agent answered with a problem; the message is its code and detail."""


def ask(
    settings: Settings, method: str, path: str, order: Any = None, *, key: str | None = None
) -> Any:
    """Return the agent's answer to `order` (None: no body); raise NoAgentError or RefusedError.

    `key`: the Idempotency-Key of an operation that takes one.
    """
    return _asked(settings, method, path, order, key, json.load)


def read_page(settings: Settings, path: str) -> str:
    """Return a page that is no JSON; raise NoAgentError or RefusedError."""
    return str(_asked(settings, "GET", path, None, None, lambda page: page.read().decode()))


def _asked(
    settings: Settings,
    method: str,
    path: str,
    order: Any,
    key: str | None,
    read: Callable[[Any], Any],
) -> Any:
    url = f"http://{authority(settings)}{path}"
    api_key = read_local_key(Path(settings.paths.state_dir))
    opener = opener_to(agent_owner(settings))
    try:
        request = urllib.request.Request(url, method=method)
        request.add_header("Authorization", f"Bearer {api_key}")
        if key is not None:
            request.add_header("Idempotency-Key", key)
        if method not in ("GET", "DELETE"):
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(order).encode()
        with opener.open(request, timeout=TIMEOUT_S) as answer:
            return read(answer)
    except HTTPError as error:
        raise _refused(error) or _no_agent(url, error) from error
    except (OSError, HTTPException, ValueError, StrangerError) as error:
        raise _no_agent(url, error) from error


def health(settings: Settings) -> dict[str, Any]:
    """Return `{"healthy": true}`, or the problem that says why no sale can be recorded.

    Needs no key. Raises NoAgentError.
    """
    url = f"http://{authority(settings)}/healthz"
    opener = opener_to(agent_owner(settings))
    try:
        with opener.open(url, timeout=HEALTH_TIMEOUT_S) as answer:
            return dict(json.load(answer))
    except HTTPError as error:
        if error.headers.get_content_type() != CONTENT_TYPE:
            raise _no_agent(url, error) from error
        return dict(json.load(error))
    except (OSError, HTTPException, ValueError, StrangerError) as error:
        raise _no_agent(url, error) from error


def agent_owner(settings: Settings) -> int:
    """Return the id of the agent's user, whose the state directory is; raise NotRunningError."""
    state_dir = Path(settings.paths.state_dir)
    try:
        return state_dir.stat().st_uid
    except OSError as error:
        raise NotRunningError(
            f"no agent has run here: {state_dir}: {error.strerror}\n"
            "Was it started?  systemctl status store-agent; journalctl -u store-agent"
        ) from error


def authority(settings: Settings) -> str:
    """Return host and port of the local API as a program on this PC reaches it."""
    host = _ANY_ADDRESS.get(settings.api.host, settings.api.host)
    return f"{f'[{host}]' if ':' in host else host}:{settings.api.port}"


def read_local_key(state_dir: Path) -> str:
    """Return the key of this PC's commands; raise NoAgentError."""
    file = state_dir / LOCAL_KEY_FILE
    try:
        return file.read_text("ascii").strip()
    except FileNotFoundError as error:
        raise NotRunningError(
            f"no agent has run here: there is no {file}\n"
            "Was it started?  systemctl status store-agent; journalctl -u store-agent"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise NoAgentError(
            f"this PC's own key can't be read: {error}\n"
            "Ask as the agent's user:  runuser -u store-agent -- store-agent …"
        ) from error


def _refused(error: HTTPError) -> RefusedError | None:
    """Return the problem that was answered; None when it is none of an agent's."""
    if error.headers.get_content_type() != CONTENT_TYPE:
        return None
    problem = json.load(error)
    return RefusedError(f"{problem['code']}: {problem.get('detail') or problem['title']}")


def _no_agent(url: str, error: Exception) -> NoAgentError:
    refused = isinstance(error, URLError) and isinstance(error.reason, ConnectionRefusedError)
    kind = NotRunningError if refused else NoAgentError
    reason = error.reason if isinstance(error, URLError) else error
    port = urlsplit(url).port
    look = f"End it:  ss -ltnp 'sport = :{port}'" if isinstance(reason, StrangerError) else _RUNNING
    return kind(f"no agent answers at {url}: {error}\n{look}")
