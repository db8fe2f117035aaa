"""Journal: can it be read, does its chain hold, and whose is it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from agent.domain.finding import Found, Mend, Result
from agent.domain.line.chain import ChainBrokenError
from agent.domain.outcome import Sentence
from agent.ops.doctor.check import Check
from agent.ops.doctor.ground import AS_AGENT, Ground
from agent.state_dir import ANCHOR_FILE, DATABASE_FILE, INSTALLATION_FILE
from agent.store.errors import NotFoundedError
from agent.store.house import anchor, books, quarantine
from agent.store.house.anchor import Anchor
from agent.store.house.quarantine import Quarantined
from agent.store.line import journal, sync_state
from agent.store.sqlite import Connection, DatabaseError, connect, is_damage

NEWEST = 20_000
"""So many events are checked, which takes about a second; `outbox verify` checks all."""
TIMEOUT_S = 30.0
_VERIFY = Mend(command=f"{AS_AGENT} outbox verify")


def look_into(db: Connection, store: str, kept: Anchor | None = None) -> Found:
    """Return how the journal in `db` stands; `store` is the code that the settings say, `kept` the
    anchor as it was before."""
    state = sync_state.get(db)
    if state.store != store:
        return Found(
            code="other_store",
            result=Result.BAD,
            said=Sentence(
                f"数据是门店 {state.store} 的，设置却是 {store}：代理拒绝启动。",
                f"The data is store {state.store}'s and the settings say {store}: the agent "
                "refuses to start.",
            ),
            advice=Sentence(
                "改正 [store] code，或给这家店另设 [paths] state_dir。",
                "Correct [store] code, or give this store a [paths] state_dir of its own.",
            ),
        )
    last = journal.tip(db)
    seq = max(last.seq - NEWEST, journal.pruned_through(db))
    start = journal.hash_at(db, seq)
    try:
        if start is None:
            raise ChainBrokenError(seq, "missing")
        checked = journal.verify(db, state.store, after=journal.Place(seq, start))
        books.compare(db, state.store, after=seq)
    except (ChainBrokenError, books.BooksDifferError) as error:
        return _broken(str(error), state.acked.seq)
    if missing := anchor.what_is_missing(db, kept):
        return _broken(missing, state.acked.seq)
    return Found(
        code="journal_whole",
        result=Result.GOOD,
        said=Sentence("流水完整，没有被改动。", "The journal is whole and unchanged."),
        seen=f"newest {checked} events checked, last {last.seq}, head office has {state.acked.seq}",
    )


def _broken(why: str, acked: int | None) -> Found:
    safe = "" if acked is None else f"; head office has all up to {acked}"
    return Found(
        code="journal_broken",
        result=Result.BAD,
        said=Sentence(
            "流水被改动或损坏了。总部已确认的部分是安全的。",
            "The journal was changed or damaged. What head office has confirmed is safe.",
        ),
        seen=f"{why}{safe}",
        advice=Sentence(
            "重启代理：它会隔离损坏的数据库，用新的继续收银；再用 recover 找回没上传的销售。",
            "Start the agent again: it sets the damaged database aside and sells on from a "
            "fresh one; then bring in what was not synced with `recover`.",
        ),
        mends=(_VERIFY, Mend(command="systemctl restart store-agent")),
    )


def set_aside(found: Quarantined) -> Found:
    """Return what to do about a database that was set aside."""
    return Found(
        code="database_set_aside",
        result=Result.WARN,
        said=Sentence(
            "一个损坏或被替换的数据库已隔离，里面没上传的销售还没有找回。",
            "A damaged or replaced database was set aside; its sales that were not synced are not "
            "brought in yet.",
        ),
        seen=f"{found.directory}: {found.why}",
        advice=Sentence(
            "打烊后停下代理，找回这些销售，再启动。",
            "When the store is shut, stop the agent, bring them in, and start it again.",
        ),
        mends=(
            Mend(command="systemctl stop store-agent"),
            Mend(command=f"{AS_AGENT} recover {found.directory}/{DATABASE_FILE}"),
            Mend(command="systemctl start store-agent"),
        ),
    )


def _look(ground: Ground) -> Iterator[Found]:
    for found in quarantine.listed(ground.state_dir):
        if not found.recovered:
            yield set_aside(found)
    file = ground.database
    if not file.exists():
        yield _gone(file) if _has_worked(ground.state_dir) else _none_yet(str(file))
        return
    file.open("rb").close()  # PermissionError says that this user may not
    code = ground.settings.store.code
    kept = anchor.read(ground.state_dir, code)
    try:
        with closing(connect(str(file), read_only=True)) as db:
            yield look_into(db, code, kept)
    except NotFoundedError:
        yield _none_yet(str(file))
    except DatabaseError as error:
        if is_damage(error):
            yield _broken(f"{file}: {error}", None)
        else:
            yield Found(
                code="journal_unread",
                result=Result.UNKNOWN,
                said=Sentence("流水现在读不了。", "The journal can't be read just now."),
                seen=f"{file}: {error}",
                mends=(_VERIFY,),
            )


def _has_worked(state_dir: Path) -> bool:
    """Whether something is left of a database that is gone."""
    left = (f"{DATABASE_FILE}-wal", ANCHOR_FILE, INSTALLATION_FILE)
    return any((state_dir / name).exists() for name in left)


def _gone(file: Path) -> Found:
    return _broken(f"{file} is gone, and this store has worked here", None)


def _none_yet(file: str) -> Found:
    return Found(
        code="no_journal",
        result=Result.UNKNOWN,
        said=Sentence(
            "还没有流水：代理在这里还没启动过。", "There is no journal: no agent has run here yet."
        ),
        seen=file,
        mends=(Mend(command="systemctl start store-agent", safe=True),),
    )


JOURNAL = Check(id="journal", title=Sentence("流水", "Journal"), look=_look, timeout_s=TIMEOUT_S)
