"""python -m tests.versions.record: record what this version writes and is told.

Real agents and a real head office live through a day (day.py); what they wrote is kept in
recorded/VERSION and replayed by the tests beside this file for ever. Record once, when a version
is released: a recording of an earlier version is never written anew.
"""

import argparse
import asyncio
import gzip
import sys
import tempfile
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from yarl import URL

from agent.base.clock import SystemClock
from agent.store.line import journal, sync_state
from agent.store.sqlite import connect
from sync.enrolment_file import read_enrolment
from sync.protocol.identity import Identity
from tests.lab.books import hq_lines, store_lines
from tests.lab.chain import Chain
from tests.lab.enrolling import key_of
from tests.lab.store_site import StoreSite
from tests.lab.until import until
from tests.versions import day
from tests.versions.recording import RECORDED_DIR, Recording, effects, feed_figures, shapes


async def record(directory: Path) -> None:
    """Live through a day and keep it."""
    with tempfile.TemporaryDirectory() as place:
        async with Chain(stores=day.STORES, directory=Path(place)) as chain:
            await day.live(chain)
            recordings = [await _recording(chain, site) for site in chain.stores.values()]
            for site in chain.stores.values():
                await site.agent.stop()
                (directory / f"{site.code}.db.gz").write_bytes(_database(site))
    for recording in recordings:
        recording.write(directory)
    (directory / "shapes.json").write_bytes(_pretty(shapes()))


async def _recording(chain: Chain, site: StoreSite) -> Recording:
    pages = await _feed(chain, site)
    what = f"{site.code} has applied the feed"
    await until(what, partial(_has_applied, site, pages[-1]), timeout_s=day.IN_TIME_S)
    async with chain.hq.connection() as connection:
        at_hq, here = await hq_lines(connection, site.code), store_lines(site)
        assert at_hq[-len(here) :] == here
        done = await effects(connection, site.code)
    with site.database() as db:
        tip = journal.tip(db)
        figures = feed_figures(db)
    return Recording(
        store=site.code,
        root_key=chain.hq.root_key,
        lines=store_lines(site),
        last_hash=tip.hash.hex(),
        pages=pages,
        effects=done,
        figures=figures,
    )


async def _feed(chain: Chain, site: StoreSite) -> list[bytes]:
    """The pages of the feed from its start, exactly as HQ answers."""
    enrolment = read_enrolment(site.place.state_dir)
    assert enrolment is not None
    key = key_of(enrolment, SystemClock())
    with site.database() as db:
        told = Identity(enrolment.install_id, sync_state.get(db).epoch).headers()
    pages: list[bytes] = []
    cursor, more = "", True
    async with aiohttp.ClientSession() as session:
        while more:
            query = {"cursor": cursor, "limit": "20"}
            url = URL(f"{chain.hq.url}/sync/v1/changes").with_query(query)
            proof = key.prove("GET", url, b"", told)
            answer = await session.get(url, headers={**told, **proof.headers})
            pages.append(await answer.read())
            page = msgspec.json.decode(pages[-1])
            cursor, more = page["cursor"], page["more"]
    return pages


async def _has_applied(site: StoreSite, last: bytes) -> bool:
    with site.database() as db:
        cursor = db.execute("SELECT cursor FROM sync_state").fetchone()[0]
    return bool(cursor == msgspec.json.decode(last)["cursor"])


def _database(site: StoreSite) -> bytes:
    """The store's whole database in one file, compressed the same each time."""
    file = site.place.state_dir / "store.db"
    copy = file.with_name("copy.db")
    db = connect(str(file))
    db.execute("VACUUM INTO ?", (str(copy),))
    db.close()
    return gzip.compress(copy.read_bytes(), mtime=0)


def _pretty(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=1) + b"\n"


def main() -> int:
    """Record this version, or refuse to touch a recording."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--anew", action="store_true", help="this version is not released yet")
    options = parser.parse_args()
    directory = RECORDED_DIR / version("store-agent")
    if directory.exists() and not options.anew:
        print(f"{directory} is there: a released version is recorded once", file=sys.stderr)
        return 1
    directory.mkdir(parents=True, exist_ok=True)
    asyncio.run(record(directory))
    print(f"recorded in {directory}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
