"""Mending: tables in which the disk changed what had been written, found by the night's check.

What head office tells, it tells again from the beginning of its feed; what only this PC knows is
told to store IT. The journal and the outbox are not touched.
"""

from collections.abc import Mapping

from agent.base.logging import get_logger
from agent.services.desk.store_desk import StoreDesk
from agent.store import digests, trust
from agent.store.line import sync_state
from agent.store.sqlite import Connection

log = get_logger(__name__)


async def mend_tables(desk: StoreDesk, found: Mapping[str, int]) -> None:
    """Let head office tell again what it told; `found`: what is missing to each digest, by table.

    Raises StoreError, and nothing is changed then.
    """
    fed = [table for table in found if table in digests.FED]

    def work(db: Connection) -> None:
        digests.accept(db, found)
        if "document" in found:
            trust.expect_again(db)
        if "sync_state" in found:
            sync_state.believe_nothing(db)
        if fed:
            sync_state.forget_cursor(db)

    await desk.database.write(work)
    log.critical(
        "tables_differed",
        tables=list(found),
        told_again=fed,
        next="look at the disk: journalctl -k -p err; smartctl -a; store-agent doctor",
    )
