"""A store at work, to be recorded: `driver STATE_DIR PROMISES SYNCHRONOUS`.

The agent's own database and services, with several tills at once, in two sessions: the first ends
without a word, so the second begins with the recovery of its write-ahead log. Each answer is
written to PROMISES as one fact (see `examination`) as soon as the till has it.
"""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from agent.services.desk.store_desk import StoreDesk
from agent.services.house.housekeeping import Housekeeping
from agent.services.line.apply_changes import ChangeApplier
from agent.state_dir import DATABASE_FILE
from agent.store import database
from agent.store.idempotency import Answer
from tests.faults.desk import open_desk
from tests.faults.head_office import page
from tests.faults.powerloss.examination import fact
from tests.faults.till import EVENTS_A_ROUND, Till

SESSIONS = 2
TILLS = 6
ROUNDS = 4
FACTS = SESSIONS * TILLS * ROUNDS * EVENTS_A_ROUND
AUTOCHECKPOINT_PAGES = 60
"""Small, so that the log is begun anew often; the checkpoints of housekeeping cut it off."""


def main() -> None:
    """Run every session, each in a process of its own, or the one that is asked for."""
    state_dir, promises, synchronous, *session = sys.argv[1:]
    if session:
        database.SYNCHRONOUS = synchronous
        asyncio.run(_work(Path(state_dir), Path(promises), int(session[0])))
        return
    for number in range(SESSIONS):
        module = [sys.executable, "-m", "tests.faults.powerloss.driver"]
        subprocess.run([*module, *sys.argv[1:], str(number)], check=True)


async def _work(state_dir: Path, promises: Path, session: int) -> None:
    log = state_dir / f"{DATABASE_FILE}-wal"
    if session > 0 and not log.stat().st_size:
        raise RuntimeError("the session before left no log to recover")
    told = os.open(promises, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def tell(key: str, answer: Answer) -> None:
        os.write(told, f"{fact(key, answer.body)}\n".encode())

    async with open_desk(state_dir) as desk:
        await desk.database.write(
            lambda db: db.execute(f"PRAGMA wal_autocheckpoint = {AUTOCHECKPOINT_PAGES}")
        )
        names = [f"T{number}" for number in range(TILLS)]
        tills = [Till(desk, name=name, session=session, tell=tell) for name in names]
        await ChangeApplier(desk).apply(page(desk.time.now()))
        for number in range(session * ROUNDS, (session + 1) * ROUNDS):
            rounds = (till.work_a_round(number * TILLS + n) for n, till in enumerate(tills))
            await asyncio.gather(*rounds, _keep_house(desk))
        if session < SESSIONS - 1:
            os._exit(0)


async def _keep_house(desk: StoreDesk) -> None:
    """Move the log into the database, and take the feed once more."""
    await Housekeeping(desk, retention_days=1).checkpoint()
    await ChangeApplier(desk).apply(page(desk.time.now()))


if __name__ == "__main__":
    main()
