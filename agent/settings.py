"""The settings of the store agent; config/agent.toml says what each is for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from agent.base.setting_types import (
    AbsolutePath,
    HostName,
    InterfaceNames,
    LogSection,
    OptionalPath,
    Port,
    TimeoutMs,
    TimeZoneName,
    Urls,
)
from agent.base.settings import load
from agent.domain.barcodes.scale_formats import MAX_FORMATS, are_formats
from agent.domain.money import MAX_FEN
from drivers.address import parse_address
from drivers.display.characters import Characters
from drivers.display.options import DisplayKind
from drivers.scanner.options import CodeEncoding

DEFAULT_FILE = Path("/etc/store-agent/agent.toml")
ENV_PREFIX = "STORE_AGENT_"


def is_device_address(address: str) -> bool:
    """Whether a driver of ours, or one named like a third party's, understands `address`.

    Raise AddressError, a ValueError, if none does.
    """
    return bool(parse_address(address))


StoreCode = Annotated[
    str, Meta(pattern=r"^[A-Z0-9]{2,8}\Z", description="2 to 8 capital letters or digits")
]
DayBegins = Annotated[
    str, Meta(pattern=r"^(0\d|1[01]):[0-5]\d\Z", description="an hour from 00:00 to 11:59")
]
HostHeaders = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])\Z")], ...],
    Meta(min_length=1, description="a list of host names without port"),
]
Origins = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^https?://[^\s/?#]+\Z")], ...],
    Meta(description="a list of origins such as http://127.0.0.1:8080"),
]
BackupRecipients = Annotated[
    tuple[Annotated[str, Meta(pattern=r"^age1[02-9ac-hj-np-z]{58}\Z")], ...],
    Meta(max_length=8, description="a list of age public keys such as age1…, 62 characters each"),
]
TimeOfDay = Annotated[
    str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d\Z", description="a time from 00:00 to 23:59")
]
OptionalTimeOfDay = Annotated[
    str,
    Meta(
        pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?\Z",
        description="a time from 00:00 to 23:59, or empty",
    ),
]
TillCode = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9_-]{1,16}\Z", description="1 to 16 letters or digits")
]
DeviceAddress = Annotated[
    str,
    Meta(
        max_length=300,
        description="an address such as tcp://192.168.1.50:9100, or empty",
        extra={"holds": lambda address: not address or is_device_address(address)},
    ),
]
DeviceAddresses = Annotated[
    tuple[Annotated[str, Meta(max_length=300)], ...],
    Meta(
        max_length=8,
        description="a list of addresses such as serial:/dev/ttyACM0?baud=9600",
        extra={"holds": lambda addresses: all(map(is_device_address, addresses))},
    ),
]
ScanMark = Annotated[
    str, Meta(pattern=r"^[\x00-\x7f]{0,8}\Z", description="at most 8 ASCII characters")
]
ReceiptUrl = Annotated[
    str,
    Meta(
        max_length=200,
        pattern=r"^(https?://([^\s{}]|\{receipt\}|\{sale_id\})+)?\Z",
        description="an address, with {receipt} and {sale_id} at most in braces, or empty",
    ),
]
ReceiptLines = Annotated[
    tuple[Annotated[str, Meta(max_length=100)], ...],
    Meta(max_length=10, description="at most 10 lines of at most 100 characters"),
]
ScaleLabelFormats = Annotated[
    tuple[Annotated[str, Meta(max_length=40)], ...],
    Meta(
        max_length=MAX_FORMATS,
        description="a list of presets with their prefix such as dahua-price:22, or of places such "
        "as 22IIIIIPPPPPC: prefix, I article, P price in fen, W weight in grams, V check digit of "
        "the 4 or 5 digits beside it, X skipped, C check digit at the end; each prefix once for "
        "labels of one length",
        extra={"holds": are_formats},
    ),
]
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
    day_begins: DayBegins = "04:00"
    """When a business date begins by the store's clocks; with the zone it decides the date."""
    closing_reminder: OptionalTimeOfDay = "22:00"
    """When shifts should be closed by the store's clocks; empty = nobody is reminded."""


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


class TillSection(msgspec.Struct, frozen=True, kw_only=True):
    """The till whose page this PC serves."""

    code: TillCode = "T1"
    language: Literal["zh-CN", "en"] = "zh-CN"
    """Of the page, until somebody chooses another on it."""
    idle_lock_seconds: Annotated[int, Meta(ge=10, le=86_400)] = 300
    """The page locks when nobody touched it for so long."""
    supervisor_refund_fen: Annotated[int, Meta(ge=0, le=MAX_FEN)] = 0
    """Refunds that bring a sale's to this sum need a supervisor's PIN; 0 = every refund."""
    honour_quote_minutes: Annotated[int, Meta(ge=0, le=60)] = 0
    """What was quoted so long ago at most is sold at that price still; 0 = never."""


class ScannerSection(msgspec.Struct, frozen=True, kw_only=True):
    """Scanners at this till; a keyboard wedge needs no entry."""

    addresses: DeviceAddresses = ()
    prefix: ScanMark = ""
    """What the scanner sends before each code."""
    suffix: ScanMark = ""
    """What it sends after each code; empty = carriage return, line feed or tab."""
    idle_ms: Annotated[int, Meta(ge=0, le=5_000)] = 0
    """A silence so long ends a code, for scanners that send nothing after it; 0 = it does not."""
    encoding: CodeEncoding = "auto"
    """How they send Chinese; auto = whichever it can only be, else the code counts as damaged."""


class PrinterSection(msgspec.Struct, frozen=True, kw_only=True):
    """The receipt printer, with the drawer that hangs on it."""

    address: DeviceAddress = ""
    """Empty = none: receipts are kept and can be printed later."""
    columns: Annotated[int, Meta(ge=24, le=64)] = 48
    """Characters in a line: 32 on 58 mm paper, 48 on 80 mm."""
    encoding: Literal["gbk", "gb18030", "utf-8"] = "gbk"
    qr: Literal["native", "raster"] = "native"
    """Who draws QR codes: the printer, or the agent."""
    answers: bool = True
    """Whether it tells its state (DLE EOT); false for what only listens, such as a file."""
    closes: bool = True
    """With answers = false on the network: whether it closes a connection that it has read."""
    drawer_pin: Literal[2, 5] = 2
    second_drawer: bool = False
    """Whether another drawer hangs on the other pin, and opens with the first."""
    drawer_pulse_ms: Annotated[int, Meta(ge=20, le=500)] = 100
    drawer_open_level: Literal["", "high", "low"] = ""
    """Of the drawer's switch while it is open; empty = not known, and nothing is told of it."""


class DisplaySection(msgspec.Struct, frozen=True, kw_only=True):
    """The display towards the customer."""

    address: DeviceAddress = ""
    kind: DisplayKind = "cd5220"
    """The commands that it knows: two lines by CD5220's or Epson's, or an LED8's eight digits."""
    columns: Annotated[int, Meta(ge=16, le=40)] = 20
    characters: Characters = "gbk"
    """gb18030: for fonts with the rare signs, too; ascii: for displays that know no Chinese."""


class ReceiptSection(msgspec.Struct, frozen=True, kw_only=True):
    """What every receipt says."""

    header: ReceiptLines = ()
    """Below the store's name: address, telephone."""
    footer: ReceiptLines = ()
    e_receipt_url: ReceiptUrl = ""
    """Printed as QR code; {receipt} and {sale_id} in it are filled in. Empty = none."""
    invoice_url: ReceiptUrl = ""
    """The same, where customers ask for an invoice (开票)."""


class ScaleLabelsSection(msgspec.Struct, frozen=True, kw_only=True):
    """Labels of the store's scales, with price or weight in them."""

    formats: ScaleLabelFormats = ()


class HqSection(msgspec.Struct, frozen=True, kw_only=True):
    """The way to head office."""

    urls: Urls = ()
    """Tried in this order; empty = never connected."""
    interfaces: InterfaceNames = ()
    """Each address is tried over the first, then over the next; empty = as the routes have it."""
    root_key: PublicKeyHex = ""
    """HQ's Ed25519 root public key, 32 bytes in hex; empty: the one found at enrolment."""
    ca_file: OptionalPath = ""
    """Roots of head office's own, PEM, believed beside the system's."""
    poll_seconds: Annotated[int, Meta(ge=1, le=3_600)] = 5
    batch_events: Annotated[int, Meta(ge=1, le=500)] = 500
    connect_timeout_ms: TimeoutMs = 3_000
    request_timeout_ms: TimeoutMs = 20_000
    return_seconds: Annotated[int, Meta(ge=10, le=3_600)] = 60
    """So long a better way has to answer before it is used again."""
    claim_budget_ms: Annotated[int, Meta(ge=100, le=10_000)] = 800
    """So long a cashier waits for head office's word on a coupon of the whole chain."""


class BackupSection(msgspec.Struct, frozen=True, kw_only=True):
    """Copies of what this PC holds, on another disk or at head office."""

    target: OptionalPath = ""
    """The directory that takes them; empty = none."""
    to_hq: bool = False
    """Whether head office is to keep the newest, too, or alone."""
    recipients: BackupRecipients = ()
    """Who can read them: public keys of age. Nobody else can, this PC included."""
    at: TimeOfDay = "03:10"
    """When one is made each night, by the store's clocks."""
    keep_daily: Annotated[int, Meta(ge=1, le=366)] = 7
    """The newest backup of each of so many days is kept."""
    keep_weekly: Annotated[int, Meta(ge=0, le=520)] = 5
    """And the newest of each of so many weeks."""
    must_be_mounted: bool = True
    """Whether target has to lie on another file system than the state directory."""

    def __post_init__(self) -> None:
        """Raise ValueError if backups are made that nobody could read."""
        if self.wanted and not self.recipients:
            what = "target" if self.target else "to_hq"
            raise ValueError(f"with {what}, recipients must be set too: store-agent backup new-key")

    @property
    def wanted(self) -> bool:
        """Whether backups are made."""
        return bool(self.target) or self.to_hq


class JournalSection(msgspec.Struct, frozen=True, kw_only=True):
    """How the journal is kept."""

    retention_days: Annotated[int, Meta(ge=1, le=3_650)] = 90
    """Acknowledged and backed-up events are deleted when older, in days counted."""
    checkpoint_seconds: Annotated[int, Meta(ge=1, le=3_600)] = 60
    """Between moves of the write-ahead log into the database file."""
    prune_seconds: Annotated[int, Meta(ge=1, le=86_400)] = 3_600
    """Between searches for events to delete."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings of one store agent."""

    store: StoreSection
    paths: PathsSection = PathsSection()
    api: ApiSection = ApiSection()
    till: TillSection = TillSection()
    scanner: ScannerSection = ScannerSection()
    printer: PrinterSection = PrinterSection()
    display: DisplaySection = DisplaySection()
    receipt: ReceiptSection = ReceiptSection()
    scale_labels: ScaleLabelsSection = ScaleLabelsSection()
    hq: HqSection = HqSection()
    journal: JournalSection = JournalSection()
    backup: BackupSection = BackupSection()
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
