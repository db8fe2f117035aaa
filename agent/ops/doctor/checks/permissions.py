"""Permissions: do the agent's files belong to the agent, and can nobody else read its secrets."""

import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from agent.domain.finding import Found, Mend, Result
from agent.domain.outcome import Sentence
from agent.ops.doctor.check import Check
from agent.ops.doctor.ground import SERVICE, Ground
from agent.ops.doctor.mounts import nearest
from agent.ops.processes import agent_process

MAX_FILES = 2_000
"""So many files of the state directory are looked at."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class FileFacts(Struct, frozen=True, kw_only=True):
    """Whose a file is, and who may use it."""

    path: str
    owner: int
    group: int
    mode: int
    """With the bits of its kind."""


def judge_state(
    files: list[FileFacts], *, user: pwd.struct_passwd, state_dir: str
) -> Iterator[Found]:
    """Give what is wrong with the state directory, which stands first in `files`; good if nothing.

    `user`: as whom the agent runs.
    """
    strangers = [one.path for one in files if one.owner != user.pw_uid]
    is_shut = not files[0].mode & _OTHERS  # and so is all that lies in it
    open_ones = [one.path for one in files if one.mode & _OTHERS and _is_plain(one)]
    open_ones = [] if is_shut else open_ones
    if strangers:
        yield Found(
            code="owner_wrong",
            result=Result.BAD,
            said=Sentence(
                f"数据目录里有文件不属于用户 {user.pw_name}：代理读写不了它们。",
                f"Files of the agent do not belong to the user {user.pw_name}: it can't use them.",
            ),
            seen=_some(strangers),
            advice=Sentence(
                f"以后用 {user.pw_name} 的身份执行命令，不要用 root。",
                f"Run commands as {user.pw_name} from now on, not as root.",
            ),
            mends=(_owned(user, state_dir),),
        )
    if open_ones:
        yield Found(
            code="mode_open",
            result=Result.WARN,
            said=Sentence(
                "别的用户能读代理的数据和密钥。", "Other users can read the agent's data and keys."
            ),
            seen=_some(open_ones),
            mends=(Mend(command=f"chmod -R go= {state_dir}", safe=True),),
        )
    if not strangers and not open_ones:
        yield Found(
            code="files_good",
            result=Result.GOOD,
            said=Sentence(
                "数据目录的权限正确。", "The agent's files are its own, and nobody else's to read."
            ),
            seen=f"{state_dir}: {len(files)} files of {user.pw_name}",
        )


def _owned(user: pwd.struct_passwd, state_dir: str) -> Mend:
    return Mend(command=f"chown -R {user.pw_name}:{_group_of(user)} {state_dir}", safe=True)


def _group_of(user: pwd.struct_passwd) -> str:
    import grp

    try:
        return grp.getgrgid(user.pw_gid).gr_name
    except KeyError:
        return str(user.pw_gid)


def _is_plain(one: FileFacts) -> bool:
    return stat.S_ISREG(one.mode) or stat.S_ISDIR(one.mode)


def _some(paths: list[str]) -> str:
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return ", ".join(paths[:3]) + more


def _facts(path: Path) -> FileFacts:
    known = path.lstat()
    return FileFacts(path=str(path), owner=known.st_uid, group=known.st_gid, mode=known.st_mode)


def _inside(directory: Path) -> Iterator[Path]:
    yield directory
    for place, folders, names in os.walk(directory):
        for name in (*folders, *names):
            yield Path(place) / name


def _user(ground: Ground) -> pwd.struct_passwd:
    """As whom the agent runs: as the running one does, else its own user, else the directory's.

    KeyError if that has no name.
    """
    running = ground.proc / agent_process(ground.state_dir)
    try:
        return pwd.getpwuid(running.stat().st_uid)
    except (OSError, KeyError):
        pass
    try:
        return pwd.getpwnam(SERVICE)
    except KeyError:
        return pwd.getpwuid(nearest(ground.state_dir).stat().st_uid)


def _look(ground: Ground) -> Iterator[Found]:
    user = _user(ground)
    if ground.state_dir.exists():
        os.listdir(ground.state_dir)  # PermissionError says that this user may not
        files: list[FileFacts] = []
        for path in _inside(ground.state_dir):
            try:
                files.append(_facts(path))
            except FileNotFoundError:  # written and gone meanwhile
                continue
            if len(files) == MAX_FILES:
                break
        yield from judge_state(files, user=user, state_dir=str(ground.state_dir))
    else:
        yield Found(
            code="no_state_dir",
            result=Result.UNKNOWN,
            said=Sentence(
                "还没有数据目录：代理在这里还没启动过。",
                "There is no state directory: no agent has run here yet.",
            ),
            seen=str(ground.state_dir),
        )


PERMISSIONS = Check(id="permissions", title=Sentence("文件权限", "Permissions"), look=_look)
