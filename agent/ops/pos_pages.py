"""POS pages of the internet: which of them the browsers of this PC keep from the agent.

Since Chromium 142 a page of the internet reaches 127.0.0.1 only if a policy or the user allows it,
and only if it came by https. Source: https://wicg.github.io/local-network-access/
"""

import json
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

POLICIES = ("LoopbackNetworkAllowedForUrls", "LocalNetworkAccessAllowedForUrls")
"""Since Chromium 146, and since 142; lists of URL patterns, of which the whole origin is one."""
POLICY_DIRS = tuple(
    Path(place) / "policies" / "managed"
    for place in ("/etc/chromium", "/etc/opt/chrome", "/etc/opt/edge", "/etc/brave")
)


def notes_on_pages(
    origins: Sequence[str], *, port: int, policy_dirs: Sequence[Path] = POLICY_DIRS
) -> Iterator[str]:
    """Give a sentence for each origin that browsers of this PC will keep from the agent."""
    allowed = {pattern for directory in policy_dirs for pattern in _allowed_in(directory)}
    for origin in origins:
        url = urlsplit(origin)
        if _is_near(url.hostname or "") or allowed & {origin, "*"}:
            continue
        if url.scheme != "https":
            yield (
                f"[api] allowed_origins: {origin} is not https: if that is a page of the internet, "
                "browsers since Chromium 142 never let it reach this PC; serve it by https"
            )
        else:
            yield (
                f"[api] allowed_origins: browsers since Chromium 142 keep {origin} from this PC "
                f"until the user allows it, or a policy: {POLICIES[0]} in {policy_dirs[0]}/*.json"
                " (an example is docs/examples/loopback-policy.json). What a browser says of it: "
                f"http://127.0.0.1:{port}/docs/reach"
            )


def _is_near(host: str) -> bool:
    """Whether pages of `host` are on this PC or its network, which may ask as they are."""
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local"))
    return address.is_loopback


def _allowed_in(directory: Path) -> Iterator[str]:
    for file in sorted(directory.glob("*.json")):
        try:
            policy = json.loads(file.read_text("utf-8"))
        except (OSError, ValueError):
            continue  # the browser does not take it either
        if isinstance(policy, dict):
            for name in POLICIES:
                yield from (str(pattern) for pattern in policy.get(name, ()))
