"""Where a store and HQ stand: places in two journals that part after seq 5, hellos, positions."""

from collections.abc import Callable
from typing import Any

import msgspec

from sync.protocol.limits import PROTOCOL
from sync.protocol.messages import Hello, Point
from sync.protocol.position import ORIGIN, StorePosition

INSTALL, OTHER_INSTALL = "install-1", "install-2"
HQ_EPOCH = "hq-1"


def point(seq: int, branch: str = "a") -> Point:
    """The place `seq` of a journal; other branches differ from seq 6 on."""
    if seq == 0:
        return ORIGIN
    mark = branch if seq > 5 else "a"
    return Point(seq, f"{mark}{seq:x}".encode().hex().ljust(64, "0"))


def holds(last: int, branch: str = "a") -> Callable[[int], str | None]:
    """HQ's `hash_at` with a journal up to `last`."""
    return lambda seq: point(seq, branch).hash if seq <= last else None


def hello(last: int = 10, branch: str = "a", **changes: Any) -> Hello:
    said = Hello(
        store="MB001",
        install_id=INSTALL,
        epoch=3,
        last_seq=last,
        last_hash=point(last, branch).hash,
        acked_seq=last,
        cursor="",
        hq_epoch=HQ_EPOCH,
        protocol=PROTOCOL,
        app_version="1.0",
        clock=0,
    )
    return msgspec.structs.replace(said, **changes)


def position(accepted: int = 10, **changes: Any) -> StorePosition:
    stands = StorePosition(
        epoch=3, install_id=INSTALL, accepted=point(accepted), base=ORIGIN, hq_epoch=HQ_EPOCH
    )
    return msgspec.structs.replace(stands, **changes)
