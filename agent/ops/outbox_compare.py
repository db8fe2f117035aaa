"""`store-agent outbox compare`: does head office hold the same journal?"""

import asyncio
import sys
from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

import msgspec

from agent.ops.hq_client import own_client
from agent.ops.store_file import database_file
from agent.services.line.compare import Compared, Comparison, Why
from agent.settings import Settings
from agent.store.damage import damage_told
from agent.store.errors import StoreError
from agent.store.sqlite import Connection, DatabaseError, connect
from sync.errors import HqError

T = TypeVar("T")

_WORDS = {
    Why.MISSING_AT_HQ: "head office does not hold it any more",
    Why.CHANGED_AT_HQ: "head office's copy was changed after it arrived",
    Why.CHANGED_HERE: "this PC's copy was changed after it was recorded: look at the disk "
    "(smartctl -a), then store-agent outbox verify",
    Why.OTHER_EVENT: "head office received another event in its place: of a copy of this disk, "
    "or of another PC with this store's identity",
}


def compare(settings: Settings, *, as_json: bool) -> int:
    """Compare all that is kept here; print what was found; return 0 same, 1 different or not
    done."""
    try:
        found = asyncio.run(_compare(settings))
    except (HqError, StoreError, DatabaseError) as error:
        print(f"Not compared: {error}", file=sys.stderr)
        return 1
    if as_json:
        print(msgspec.json.encode(found).decode())
    else:
        print(_told(found))
    return 1 if found.difference else 0


async def _compare(settings: Settings) -> Compared:
    file, client = database_file(settings), own_client(settings)
    with damage_told(file), closing(connect(str(file), read_only=True)) as db:

        async def read(work: Callable[[Connection], T]) -> T:
            return work(db)

        await client.start()
        try:
            return await Comparison(read, client).whole()
        finally:
            await client.stop()


def _told(found: Compared) -> str:
    if found.difference is None:
        if found.last_seq < found.first_seq:
            return "Nothing to compare: head office has not acknowledged anything that is kept."
        return f"Head office holds the same: events {found.first_seq} to {found.last_seq}."
    return (
        f"The first difference is event {found.difference.seq}: {_WORDS[found.difference.why]}.\n"
        "Keep the file of the database as it is, copy it aside and call head office, which sees "
        "this, too (store-hq compare)."
    )
