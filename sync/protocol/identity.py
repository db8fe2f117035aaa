"""Which of the machines that may hold a store's key sends a request: told in its headers."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from sync.protocol.limits import MAX_SEQ

INSTALL_HEADER = "Store-Install"
EPOCH_HEADER = "Store-Epoch"

_INSTALL = re.compile(r"[!-~]([ -~]{0,62}[!-~])?")
_EPOCH = re.compile(r"[0-9]{1,18}", re.ASCII)


class Identity(NamedTuple):
    """An installation, and the epoch in which it is."""

    install_id: str
    """Empty: one that does not tell."""
    epoch: int
    """0 before the first."""

    def headers(self) -> dict[str, str]:
        """Return what tells it."""
        if not _INSTALL.fullmatch(self.install_id):
            return {}
        return {INSTALL_HEADER: self.install_id, EPOCH_HEADER: str(self.epoch)}

    @classmethod
    def told_in(cls, headers: Mapping[str, str]) -> "Identity":
        """Return who a request is from; what is not told as it should be counts as not told."""
        install_id, epoch = headers.get(INSTALL_HEADER, ""), headers.get(EPOCH_HEADER, "")
        if not (_INSTALL.fullmatch(install_id) and _EPOCH.fullmatch(epoch)):
            return NOBODY
        return cls(install_id, min(int(epoch), MAX_SEQ))


NOBODY = Identity("", 0)
