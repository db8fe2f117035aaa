"""The coupons that head office has revoked, as a set to be compared with what it states."""

from collections.abc import Iterable, Sequence

from agent.store.coupons.coupon_states import put_coupon_states
from agent.store.sqlite import Connection


def revoked(db: Connection) -> list[tuple[str, str]]:
    """Return all of them by id, each with the only store that could take it, or empty.

    Those that head office no longer knows of are left out. It reads all of them.
    """
    return list(
        db.execute(
            "SELECT coupon_id, store FROM coupon_state WHERE state = 'revoked' AND stated "
            "ORDER BY coupon_id"
        )
    )


def revoked_in(db: Connection, store: str) -> tuple[list[str], list[str]]:
    """Return those of every store, and those of `store` alone, each by id."""
    rows = revoked(db)
    return [one for one, of in rows if not of], [one for one, of in rows if of == store]


def revoke(db: Connection, coupons: Iterable[tuple[str, str]]) -> None:
    """Keep that coupons are revoked, each with the only store that could take it, or empty."""
    put_coupon_states(db, ((one, "revoked", "", store, "", "", 0) for one, store in coupons))


def no_longer_stated(db: Connection, coupon_ids: Sequence[str]) -> None:
    """Let revocations stand of which head office does not know any more."""
    db.executemany(
        "UPDATE coupon_state SET stated = 0 WHERE coupon_id = ? AND state = 'revoked'",
        ((one,) for one in coupon_ids),
    )
