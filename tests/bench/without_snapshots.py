"""store-hq as it was before it had snapshots: new stores read the feed from its start."""

import sys
from typing import NoReturn

from agent.base.problem import ProblemError
from sync.hq.cli import main
from sync.hq.feed.snapshots import SnapshotDesk


async def _none(*_: object) -> NoReturn:
    raise ProblemError(404, "not_found")


if __name__ == "__main__":
    SnapshotDesk.manifest = _none  # type: ignore[method-assign,assignment] # never returns
    sys.exit(main(sys.argv[1:]))
