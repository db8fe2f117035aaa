"""Where the store stands with head office: one row."""

from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.line.chain import GENESIS
from agent.domain.line.effective_time import AHEAD_MS
from agent.store.errors import NotFoundedError, StartRefusedError
from agent.store.facts import recall
from agent.store.line import seeding
from agent.store.line.journal import Place
from agent.store.sqlite import Connection


class SyncState(Struct, frozen=True, kw_only=True):
    """The row, as read."""

    store: str
    install_id: str
    epoch: int
    acked: Place
    backup_through: int
    cursor: str
    hq_epoch: str
    contact_at: Millis
    """HQ's clock at the last answer that was written down, 0 before the first."""
    feed_at: Millis
    """HQ's clock when the feed was last complete, as written down; 0 also while this PC has yet to
    be told what it does not know of the store's past."""
    hq_version: str
    """Of store-hq at the last hello; empty: not known."""
    anew: bool
    """The database was restored, or begun anew, and HQ has not heard of it yet."""
    set_back_at: Millis
    """HQ's clock when it found that it knew otherwise of this PC than this database; 0: never."""
    feed_place: int
    """How far HQ's feed had come when it last told something of this incarnation; 0: not known."""
    revocations: bytes
    """What HQ last stated of all revocations, of this incarnation; empty: nothing."""
    revocations_at: Millis
    """HQ's clock when the revocations held here were last all that there are, as written down; 0:
    never, or they are not. Of an HQ that does not state them as `feed_at`."""


def found(db: Connection, *, store: str, install_id: str, ungreeted_after: int = 0) -> None:
    """Make the row of a new installation; refuse a file that belongs to another store.

    `ungreeted_after`: after which number receipts begin until HQ has given an epoch; 0 when no HQ
    is set.
    """
    row = db.execute("SELECT store FROM sync_state").fetchone()
    if row is None:
        db.execute(
            "INSERT INTO sync_state (only, store, install_id, acked_hash, pruned_hash) "
            "VALUES (1, ?, ?, ?, ?)",
            (store, install_id, GENESIS, GENESIS),
        )
    elif row[0] != store:
        raise StartRefusedError(
            f"this database belongs to store {row[0]}, the settings say {store}: "
            "correct store.code, or give the other store its own paths.state_dir"
        )
    db.execute(
        "UPDATE sync_state SET ungreeted_after = ? "
        "WHERE epoch = 0 AND ungreeted_after = 0 AND NOT EXISTS (SELECT 1 FROM journal)",
        (ungreeted_after,),
    )


def begin_anew(db: Connection, *, ungreeted_after: int) -> None:
    """Let this installation introduce itself anew: HQ may know more of it than this database.

    Until HQ has greeted it, receipts begin after `ungreeted_after`, no coupon is handed out and
    none taken for certain.
    """
    db.execute(
        "UPDATE sync_state SET anew = 1, epoch = 0, feed_at = 0, ungreeted_after = ?",
        (ungreeted_after,),
    )


def become(db: Connection, install_id: str, *, ungreeted_after: int) -> None:
    """Go on as the installation that HQ has enrolled, anew if the database is another's."""
    others = db.execute("SELECT 1 FROM sync_state WHERE install_id <> ?", (install_id,)).fetchone()
    if others is None:
        return
    db.execute("UPDATE sync_state SET install_id = ?", (install_id,))
    begin_anew(db, ungreeted_after=ungreeted_after)


def get(db: Connection) -> SyncState:
    """Return the row; raise NotFoundedError before there is one."""
    return recall(db, "sync_state", "row", lambda: _read(db))


def acknowledge(db: Connection, through: Place, *, backup_through: int, contact_at: Millis) -> None:
    """Record that HQ holds the journal up to `through`."""
    db.execute(
        "UPDATE sync_state SET acked_seq = ?, acked_hash = ?, backup_through = ?, contact_at = ?",
        (through.seq, through.hash, backup_through, contact_at),
    )


def awaits_past(db: Connection) -> bool:
    """Return whether HQ has yet to greet this installation, or to tell it the store's past."""
    return recall(db, "sync_state", "past", lambda: _awaits_past(db))


def is_told_all(db: Connection) -> bool:
    """Return whether the feed was complete, the store's past included."""
    return not awaits_past(db) and get(db).feed_at > 0


def hear_of_past(db: Connection, *, receipts_after: int, shifts_after: int, past_of: int) -> None:
    """Record after which numbers HQ says to go on, and the epoch whose past it tells (0: none)."""
    db.execute(
        "UPDATE sync_state SET receipts_after = max(receipts_after, :receipts), "
        "shifts_after = max(shifts_after, :shifts), past_due = max(past_due, :past), "
        "feed_at = CASE WHEN :past > max(past_due, past_heard) THEN 0 ELSE feed_at END",
        {"receipts": receipts_after, "shifts": shifts_after, "past": past_of},
    )


def heard_past(db: Connection, epoch: int) -> None:
    """Record that the past of `epoch` was told to its end."""
    db.execute("UPDATE sync_state SET past_heard = max(past_heard, ?)", (epoch,))


def enter_epoch(db: Connection, epoch: int, acked: Place) -> None:
    """Go on under `epoch`, sending what follows `acked`.

    A new epoch of one that had an epoch, and did not say that it begins anew, is HQ's word that it
    knows otherwise of this PC than this database: it was set back, or a copy of it is in use.
    """
    db.execute(
        "UPDATE sync_state SET "
        "set_back_at = CASE WHEN anew = 0 AND epoch BETWEEN 1 AND :epoch - 1 THEN contact_at "
        "ELSE set_back_at END, "
        "epoch = :epoch, anew = 0, acked_seq = :seq, acked_hash = :hash, "
        "backup_through = min(backup_through, :seq)",
        {"epoch": epoch, "seq": acked.seq, "hash": acked.hash},
    )


def heard(db: Connection, contact_at: Millis, *, hq_version: str) -> None:
    """Record HQ's clock at an answer, and the version that it told."""
    _contacted(db, contact_at)
    db.execute("UPDATE sync_state SET hq_version = ?", (hq_version,))


def move_cursor(
    db: Connection,
    cursor: str,
    hq_epoch: str,
    *,
    feed_at: Millis | None,
    place: int = 0,
    all_revoked: bool = True,
) -> None:
    """Record the feed position, and that the feed was complete at `feed_at` if it was.

    While this PC waits for the store's past, the feed is not complete. `place`: how far the feed of
    this incarnation has come; what is known of it stays. `all_revoked`: whether all revocations
    were held at `feed_at`, as far as is known.
    """
    db.execute(
        "UPDATE sync_state SET cursor = :cursor, hq_epoch = :hq_epoch, feed_place = "
        "CASE WHEN hq_epoch = :hq_epoch THEN max(feed_place, :place) ELSE :place END, "
        "revocations = CASE WHEN hq_epoch = :hq_epoch THEN revocations ELSE x'' END",
        {"cursor": cursor, "hq_epoch": hq_epoch, "place": place},
    )
    if feed_at is not None:
        held_whole_feed(db, feed_at, all_revoked=all_revoked)


def held_whole_feed(db: Connection, at: Millis, *, all_revoked: bool = True) -> None:
    """Record that the feed was complete at `at`, unless this PC waits for the store's past."""
    _contacted(db, at)
    if not awaits_past(db):
        db.execute("UPDATE sync_state SET feed_at = ?", (at,))
        if all_revoked:
            db.execute("UPDATE sync_state SET revocations_at = ?", (at,))


def hear_of_revocations(db: Connection, stated: bytes, *, held_at: Millis) -> None:
    """Record what HQ states of all revocations; `held_at`: its clock, if all are held, or 0."""
    db.execute("UPDATE sync_state SET revocations = ?, revocations_at = ?", (stated, held_at))


def _read(db: Connection) -> SyncState:
    row = db.execute(
        "SELECT store, install_id, epoch, acked_seq, acked_hash, backup_through, cursor, hq_epoch, "
        "contact_at, feed_at, hq_version, anew, set_back_at, feed_place, revocations, "
        "revocations_at FROM sync_state"
    ).fetchone()
    if row is None:
        raise NotFoundedError("no store was founded in it")
    return SyncState(
        store=row[0],
        install_id=row[1],
        epoch=row[2],
        acked=Place(row[3], row[4]),
        backup_through=row[5],
        cursor=row[6],
        hq_epoch=row[7],
        contact_at=Millis(row[8]),
        feed_at=Millis(row[9]),
        hq_version=row[10],
        anew=bool(row[11]),
        set_back_at=Millis(row[12]),
        feed_place=row[13],
        revocations=bytes(row[14]),
        revocations_at=Millis(row[15]),
    )


def _awaits_past(db: Connection) -> bool:
    row = db.execute(
        "SELECT past_due > past_heard OR (epoch = 0 AND ungreeted_after > 0) FROM sync_state"
    ).fetchone()
    return bool(row and row[0])


def _contacted(db: Connection, at: Millis) -> None:
    """Note HQ's clock, which goes back only where it was far ahead."""
    db.execute(
        "UPDATE sync_state SET contact_at = "
        "CASE WHEN contact_at > :at + :ahead THEN :at ELSE max(contact_at, :at) END",
        {"at": at, "ahead": AHEAD_MS},
    )


def believe_nothing(db: Connection) -> None:
    """Begin the feed anew, and count neither it nor the last contact as known until HQ is heard:
    what is taken without a line is judged by their age."""
    forget_cursor(db)
    db.execute("UPDATE sync_state SET feed_at = 0, contact_at = 0, revocations_at = 0")


def forget_cursor(db: Connection, hq_epoch: str | None = None) -> None:
    """Begin the feed anew, with a snapshot of its own; of the same HQ, or of `hq_epoch`."""
    move_cursor(db, "", get(db).hq_epoch if hq_epoch is None else hq_epoch, feed_at=None)
    seeding.end(db)
