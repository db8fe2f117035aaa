"""The enrolment of this machine while it runs: it keeps what HQ tells later, and a renewed key.

The file outlives the database: after `store.db` was set aside the agent still knows HQ by it, and
is as careful as HQ last told it to be.
"""

from pathlib import Path
from typing import Any

import msgspec

from agent.base.logging import get_logger
from agent.store.secret_file import alone_in, make_secret
from sync.enrolment_file import ENROLMENT_FILE, Enrolment, EnrolmentFileError, read_enrolment

log = get_logger(__name__)


class EnrolmentNotKeptError(Exception):
    """The file is as it was: the disk does not take it, or another enrolment has its place."""


class OwnEnrolment:
    """The file, and what stands in it."""

    def __init__(self, state_dir: Path, enrolment: Enrolment) -> None:
        self._state_dir = state_dir
        self.kept = enrolment
        """What is on the disk, as long as nobody enrols the machine anew."""

    def change(self, **told: Any) -> None:
        """Write fields anew, whole or not at all; on the disk when it returns.

        Raises EnrolmentNotKeptError.
        """
        changed = msgspec.structs.replace(self.kept, **told)
        if changed == self.kept:
            return
        try:
            with alone_in(self._state_dir):
                if read_enrolment(self._state_dir) != self.kept:
                    raise EnrolmentNotKeptError("this machine was enrolled anew meanwhile")
                make_secret(self._state_dir / ENROLMENT_FILE, msgspec.json.encode(changed))
        except (OSError, EnrolmentFileError) as error:
            raise EnrolmentNotKeptError(str(error)) from error
        self.kept = changed

    def keep_document(self, **document: bytes) -> None:
        """Keep a newer `key_set` or `policy`, which counts in this run all the same if the disk
        does not take it."""
        try:
            self.change(**{name: data.hex() for name, data in document.items()})
        except EnrolmentNotKeptError as error:
            log.warning("enrolment_not_kept", what=sorted(document), why=str(error))
