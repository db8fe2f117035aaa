"""Types of settings that several programs share."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from agent.base.hosts import is_plain_host, is_plain_url


def is_time_zone(name: str) -> bool:
    """Whether `name` is in the IANA time zone database."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


HostName = Annotated[
    str,
    Meta(
        pattern=r"^[^\s/]+\Z",
        description="a host name or address to listen on, without leading zeros",
        extra={"holds": is_plain_host},
    ),
]
Port = Annotated[int, Meta(ge=0, le=65_535)]
"""0 = any free port."""
AbsolutePath = Annotated[str, Meta(pattern=r"^/", description="an absolute path")]
OptionalPath = Annotated[str, Meta(pattern=r"^(/.*)?\Z", description="an absolute path, or empty")]
TimeoutMs = Annotated[int, Meta(ge=100, le=600_000)]
TimeZoneName = Annotated[
    str, Meta(description="an IANA name such as Asia/Shanghai", extra={"holds": is_time_zone})
]

LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["auto", "json", "pretty"]
Urls = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^https?://[^\s/?#]+[^\s?#]*\Z")], ...],
    Meta(
        description="a list of http:// or https:// addresses, without leading zeros",
        extra={"holds": lambda urls: all(map(is_plain_url, urls))},
    ),
]

InterfaceNames = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^[^\s/\x00]{1,15}\Z")], ...],
    Meta(max_length=4, description="a list of at most 4 network interfaces such as eth0"),
]


class LogSection(msgspec.Struct, frozen=True, kw_only=True):
    """What is logged, and how; the same in every program."""

    level: LogLevel = "info"
    """The least severe level that is written."""
    format: LogFormat = "auto"
    """auto = pretty on a terminal, JSON lines elsewhere."""
