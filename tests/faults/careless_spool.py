"""The agent with careless print spools, for controls: `python -m … run` as store-agent.

FORGETFUL_SPOOL=early marks a job as printed before it is sent; =late does not mark what is being
sent, so that a restart sends it again.
"""

import os
import sys

from agent import cli
from agent.base.clock import Millis
from agent.services.printing.spool import Spool
from agent.store.printing import print_jobs
from agent.store.printing.print_jobs import JobState, PrintJob

HOW = "FORGETFUL_SPOOL"


async def _mark_early(self: Spool, job: PrintJob, printout: bytes) -> None:
    await self._write(
        lambda db: print_jobs.end(db, job.job_id, JobState.PRINTED, detail="", at=Millis(1))
    )
    await self._send(job, printout)


async def _mark_late(self: Spool, job: PrintJob, printout: bytes) -> None:
    await self._send(job, printout)
    await self._write(
        lambda db: print_jobs.end(db, job.job_id, JobState.PRINTED, detail="", at=Millis(1))
    )


if __name__ == "__main__":
    careless = {"early": _mark_early, "late": _mark_late}[os.environ[HOW]]
    setattr(Spool, "_work_off", careless)  # noqa: B010 - mypy allows no other assignment
    sys.exit(cli.main())
