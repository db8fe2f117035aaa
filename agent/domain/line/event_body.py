"""Reading and naming event bodies by kind and version (docs/protocol.md, Versions).

Version 1 of a kind is named by the kind alone, `sale.recorded`; later ones are `sale.recorded/2` …
A body never changes within its version. Each version that was ever released stays readable: its
type stays, with the step that makes today's body of it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import msgspec

from agent.domain.line.events import BODY_TYPES, EventBody, EventKind

Today: TypeAlias = Callable[[Any], EventBody]


class Reading(NamedTuple):
    """How one version of a kind is read."""

    body: type[msgspec.Struct]
    """What a body of this version is."""
    today: Today = lambda body: body
    """What it is called today: for a version that is not the newest."""


Versions: TypeAlias = Mapping[EventKind, Sequence[Reading]]
"""Of each kind every version, from 1 on; the last one is written."""

VERSIONS: Final[Versions] = {kind: (Reading(body),) for kind, body in BODY_TYPES.items()}
"""No kind has a second version yet. When `sale.recorded` gets one: `(Reading(OldSale, today=…),
Reading(SaleRecorded))`; the index of receipts in agent/store/schema names the versions, too."""

_NAME = re.compile(r"([a-z.]+)(?:/([2-9]|[1-9][0-9]{1,3}))?")


class EventReader:
    """Reads bodies of every version in a table."""

    def __init__(self, versions: Versions) -> None:
        self._versions = versions
        self._readings = {
            name_of(kind, version): (msgspec.json.Decoder(reading.body), reading.today)
            for kind, readings in versions.items()
            for version, reading in enumerate(readings, 1)
        }

    def read(self, name: str, data: bytes | msgspec.Raw) -> EventBody | None:
        """Return the body in today's form, None for a kind or version that is not known.

        Raises msgspec.MsgspecError, or UnicodeDecodeError, for one that is not as its name says.
        """
        reading = self._readings.get(name)
        if reading is None:
            return None
        decoder, today = reading
        return today(decoder.decode(data))

    def names(self, kind: EventKind) -> list[str]:
        """Return the names of all versions of `kind`; new events get the last one."""
        return [name_of(kind, version) for version in range(1, len(self._versions[kind]) + 1)]


def name_of(kind: EventKind, version: int) -> str:
    """Return what an event's `kind` says: the kind and, from 2 on, the version of its body."""
    return str(kind) if version == 1 else f"{kind}/{version}"


def kind_of(name: str) -> EventKind | None:
    """Return the kind that `name` is a version of, whether or not that version is known."""
    match = _NAME.fullmatch(name)
    return _KINDS.get(match[1]) if match else None


def decode_body(name: str, data: bytes | msgspec.Raw) -> EventBody | None:
    """Return the body in today's form, None for a kind or version that is not known.

    Raises msgspec.MsgspecError, or UnicodeDecodeError, for one that is not as its name says.
    """
    return _reader.read(name, data)


def names_of(kind: EventKind) -> list[str]:
    """Return the names of all versions of `kind`; new events get the last one."""
    return _reader.names(kind)


_KINDS: Final = {str(kind): kind for kind in EventKind}
_reader: Final = EventReader(VERSIONS)
