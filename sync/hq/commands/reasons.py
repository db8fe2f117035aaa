"""Why a file could not be used, in words that lead on."""

import errno
import getpass

from sync.hq.commands.language import say


def why(error: OSError) -> str:
    """Return what the system says, and as whom the command tried where that is the matter."""
    if error.errno not in (errno.EACCES, errno.EPERM):
        return error.strerror or str(error)
    return say(
        "{what} to the user {user}, as whom this command works: use a place that this user reaches,"
        " such as /tmp or /var/lib/store-hq",
        what=error.strerror,
        user=getpass.getuser(),
    )
