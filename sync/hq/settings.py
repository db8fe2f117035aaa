"""The settings of store-hq; config/hq.toml says what each is for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from agent.base.setting_types import (
    AbsolutePath,
    HostName,
    LogSection,
    OptionalPath,
    Port,
    TimeoutMs,
    TimeZoneName,
    Urls,
)
from agent.base.settings import load
from sync.protocol.limits import MAX_PAGE_CHANGES

DEFAULT_FILE = Path("/etc/store-hq/hq.toml")
ENV_PREFIX = "STORE_HQ_"

Dsn = Annotated[
    str,
    Meta(
        pattern=r"^postgres(ql)?://",
        description="an address postgresql://user@host/database",
        extra={"secret": True},  # it may hold a password
    ),
]


PublicUrl = Annotated[
    str,
    Meta(
        pattern=r"^(https?://[^\s/?#]+)?\Z",
        description="an address https://host without a path, or empty",
    ),
]


class DatabaseSection(msgspec.Struct, frozen=True, kw_only=True):
    """HQ's PostgreSQL."""

    dsn: Dsn
    """Where the database is and who connects to it."""
    pool_size: Annotated[int, Meta(ge=1, le=100)] = 4
    """Connections that one process holds at most."""


class ChainSection(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for the chain as a whole."""

    timezone: TimeZoneName = "Asia/Shanghai"
    """Where a day begins and ends that is typed without a time, and in which instants are shown."""


class ServerSection(msgspec.Struct, frozen=True, kw_only=True):
    """The HTTP server that stores sync with; TLS ends in front of it."""

    host: HostName = "127.0.0.1"
    port: Port = 8780
    urls: Urls = ()
    """Where stores reach it, told to each that is enrolled; empty: where that one asked."""
    request_timeout_ms: TimeoutMs = 15_000
    """A request that takes longer is answered 503; below the stores' own time-out."""


class MetricsSection(msgspec.Struct, frozen=True, kw_only=True):
    """The page /metrics for Prometheus: on an address of its own, which the proxy leaves alone."""

    host: HostName = "127.0.0.1"
    port: Port = 0
    """0 = none."""


class PathsSection(msgspec.Struct, frozen=True, kw_only=True):
    """Where HQ keeps its files."""

    keys_dir: AbsolutePath = "/var/lib/store-hq/keys"
    """Private signing keys (root, coupons); read by the command line, never by the server."""

    @property
    def state_dir(self) -> Path:
        """Where the server keeps a file of its own, beside the keys."""
        return Path(self.keys_dir).parent


class FeedSection(msgspec.Struct, frozen=True, kw_only=True):
    """The change feed to the stores."""

    page_rows: Annotated[int, Meta(ge=1, le=MAX_PAGE_CHANGES)] = 500
    """Changes in one page at most."""
    max_streams: Annotated[int, Meta(ge=0, le=100_000)] = 5_000
    """Wake-up streams of one process at most; 0 = none."""


class BackupsSection(msgspec.Struct, frozen=True, kw_only=True):
    """The stores' encrypted backups, which HQ keeps and can't read."""

    directory: OptionalPath = ""
    """Where they lie; empty = none are taken."""
    keep: Annotated[int, Meta(ge=1, le=366)] = 14
    """The newest of each store that are kept at most."""
    store_quota_mb: Annotated[int, Meta(ge=1, le=1_000_000)] = 4_000
    """All of one store together at most, 10^6 bytes; a larger backup is refused."""


class WalletSection(msgspec.Struct, frozen=True, kw_only=True):
    """The page on which members see their coupons, served by `store-hq wallet run`."""

    url: PublicUrl = ""
    """Where members reach it, without /wallet; empty = no links are made."""
    host: HostName = "127.0.0.1"
    port: Port = 8790
    keys_dir: AbsolutePath = "/var/lib/store-hq/wallet"
    """The wallet's own signing keys, made by `store-hq keys add --wallet`."""


class SettleSection(msgspec.Struct, frozen=True, kw_only=True):
    """How received events take effect on coupons that stores share."""

    batch_events: Annotated[int, Meta(ge=1, le=5_000)] = 500
    """Events settled in one transaction at most."""
    idle_ms: Annotated[int, Meta(ge=10, le=60_000)] = 200
    """The wait before looking again when there was nothing to settle."""


class HqSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings of one store-hq process."""

    database: DatabaseSection
    chain: ChainSection = ChainSection()
    server: ServerSection = ServerSection()
    metrics: MetricsSection = MetricsSection()
    paths: PathsSection = PathsSection()
    feed: FeedSection = FeedSection()
    settle: SettleSection = SettleSection()
    backups: BackupsSection = BackupsSection()
    wallet: WalletSection = WalletSection()
    log: LogSection = LogSection()


def load_settings(path: Path | None, environ: Mapping[str, str]) -> HqSettings:
    """Load `path` (None: the file in /etc, if it is there), `path`.d/*.toml and STORE_HQ_*.

    Raise SettingsError with every mistake.
    """
    file = path or DEFAULT_FILE
    return load(
        HqSettings,
        file=file,
        file_optional=path is None,
        drop_in_dir=file.with_name(file.name + ".d"),
        environ=environ,
        env_prefix=ENV_PREFIX,
    )
