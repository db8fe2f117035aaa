"""The settings of the store agent; config/agent.toml says what each is for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from agent.base.setting_types import AbsolutePath, HostName, LogSection, Port, TimeoutMs
from agent.base.settings import load

DEFAULT_FILE = Path("/etc/store-agent/agent.toml")
ENV_PREFIX = "STORE_AGENT_"


def is_time_zone(name: str) -> bool:
    """Whether `name` is in the IANA time zone database."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


StoreCode = Annotated[
    str, Meta(pattern=r"^[A-Z0-9]{2,8}\Z", description="2 to 8 capital letters or digits")
]
TimeZoneName = Annotated[
    str, Meta(description="an IANA name such as Asia/Shanghai", extra={"holds": is_time_zone})
]
HostHeaders = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])\Z")], ...],
    Meta(min_length=1, description="a list of host names without port"),
]
Origins = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^https?://[^\s/?#]+\Z")], ...],
    Meta(description="a list of origins such as http://127.0.0.1:8080"),
]
Urls = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^https?://[^\s/?#]+[^\s?#]*\Z")], ...],
    Meta(description="a list of http:// or https:// addresses"),
]
OptionalPath = Annotated[str, Meta(pattern=r"^(/.*)?\Z", description="an absolute path, or empty")]
PublicKeyHex = Annotated[
    str, Meta(pattern=r"^([0-9a-f]{64})?\Z", description="64 hex digits 0-9 a-f, or empty")
]


class StoreSection(msgspec.Struct, frozen=True, kw_only=True):
    """Which store this is."""

    code: StoreCode
    """HQ's code of this store."""
    name: str = ""
    """Shown to people; nothing depends on it."""
    timezone: TimeZoneName = "Asia/Shanghai"
    """Decides the business date."""


class PathsSection(msgspec.Struct, frozen=True, kw_only=True):
    """Where the agent keeps its files."""

    state_dir: AbsolutePath = "/var/lib/store-agent"
    """The database with the journal, and nothing that can be made again."""


class ApiSection(msgspec.Struct, frozen=True, kw_only=True):
    """The local HTTP API for POS and till page."""

    host: HostName = "127.0.0.1"
    port: Port = 8770
    allowed_hosts: HostHeaders = ("127.0.0.1", "localhost")
    """Names in a request's Host header that are answered, without port."""
    allowed_origins: Origins = ()
    """Web pages of other origins that may call; empty = only the agent's own."""


class HqSection(msgspec.Struct, frozen=True, kw_only=True):
    """The way to head office."""

    urls: Urls = ()
    """Tried in this order; empty = never connected."""
    key_file: OptionalPath = ""
    """The file that holds this store's bearer key for HQ."""
    root_key: PublicKeyHex = ""
    """HQ's Ed25519 root public key, 32 bytes in hex."""
    poll_seconds: Annotated[int, Meta(ge=1, le=3_600)] = 5
    batch_events: Annotated[int, Meta(ge=1, le=500)] = 500
    connect_timeout_ms: TimeoutMs = 3_000
    request_timeout_ms: TimeoutMs = 20_000

    def __post_init__(self) -> None:
        """Raise ValueError if there is an address but no key to trust it or to be known by it."""
        needed = [name for name in ("root_key", "key_file") if not getattr(self, name)]
        if self.urls and needed:
            raise ValueError(f"with urls, {' and '.join(needed)} must be set too")


class JournalSection(msgspec.Struct, frozen=True, kw_only=True):
    """How the journal is kept."""

    retention_days: Annotated[int, Meta(ge=1, le=3_650)] = 90
    """Acknowledged and backed-up events are deleted when older."""
    checkpoint_seconds: Annotated[int, Meta(ge=1, le=3_600)] = 60
    """Between moves of the write-ahead log into the database file."""
    prune_seconds: Annotated[int, Meta(ge=1, le=86_400)] = 3_600
    """Between searches for events to delete."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings of one store agent."""

    store: StoreSection
    paths: PathsSection = PathsSection()
    api: ApiSection = ApiSection()
    hq: HqSection = HqSection()
    journal: JournalSection = JournalSection()
    log: LogSection = LogSection()


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Load `path` (None: the file in /etc, if it is there), `path`.d/*.toml and STORE_AGENT_*.

    Raise SettingsError with every mistake.
    """
    file = path or DEFAULT_FILE
    return load(
        Settings,
        file=file,
        file_optional=path is None,
        drop_in_dir=file.with_name(file.name + ".d"),
        environ=environ,
        env_prefix=ENV_PREFIX,
    )
