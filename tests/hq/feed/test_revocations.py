"""Each last page states all revocations that the feed has shown the store, and no others."""

from collections.abc import AsyncIterator

import asyncpg
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.base.clock import Millis
from sync.hq.coupons.revocations import revoke_coupons
from sync.hq.database import connect
from sync.hq.settings import DatabaseSection
from sync.hq.trust.restored import begin_incarnation
from sync.protocol.changes import CouponChange
from sync.protocol.messages import ChangesPage
from sync.protocol.revocations import Revocations, RevokedSet, digest_of
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import NOON

IDS = [f"{n:024x}" for n in range(8)]


@pytest.fixture
async def second(hq_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """Another connection to the database."""
    connection = await connect(DatabaseSection(dsn=hq_dsn))
    yield connection
    await connection.close()


async def issue(hq: HeadOffice, *ids: str, store: str | None = None) -> None:
    await hq.db.executemany(
        "INSERT INTO coupon (coupon_id, campaign, run, store, channel, not_before, expires, "
        "issued_at) "
        "VALUES ($1, 1, 1, $2, 1, 0, $3, 0)",
        [(one, store, NOON * 2) for one in ids],
    )


async def revoke(connection: asyncpg.Connection, *ids: str) -> None:
    assert await revoke_coupons(connection, ids, now=Millis(NOON)) == len(ids)


def stated(page: ChangesPage) -> Revocations:
    assert page.revocations is not None
    return page.revocations


def told(*pages: ChangesPage) -> tuple[list[str], list[str]]:
    """What the pages tell as revoked: in every store, and in one alone."""
    bodies = [
        msgspec.json.decode(change.body, type=CouponChange)
        for page in pages
        for change in page.changes
        if change.entity == "coupon"
    ]
    return (
        sorted(one.coupon_id for one in bodies if not one.store),
        sorted(one.coupon_id for one in bodies if one.store),
    )


async def test_what_the_feed_told_and_nothing_else_is_stated(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    nothing = RevokedSet(0, 0, digest_of([]))
    assert stated(await store.page()) == Revocations(everyone=nothing, own=nothing)
    await issue(hq, *IDS[:4])
    await issue(hq, *IDS[4:6], store="MB001")
    await issue(hq, IDS[6], store="MB002")
    await revoke(hq.db, IDS[2], IDS[0], IDS[5], IDS[6])

    first = await store.page()
    assert told(first) == ([IDS[0], IDS[2]], [IDS[5]])
    assert stated(first).holds(*told(first))
    assert (stated(first).everyone.count, stated(first).own.count) == (2, 1)
    theirs = stated(await other.page())
    assert theirs.everyone == stated(first).everyone
    assert theirs.own.digest == digest_of([IDS[6]])

    await revoke(hq.db, IDS[1])
    next_one = await store.page(first.cursor)
    assert stated(next_one).holds([IDS[0], IDS[1], IDS[2]], [IDS[5]])
    assert stated(next_one).version > stated(first).version
    assert stated(next_one).own == stated(first).own


async def test_nothing_is_stated_while_more_is_to_come(hq: HeadOffice, store: StoreClient) -> None:
    await issue(hq, *IDS)
    await revoke(hq.db, *IDS)
    cursor, pages = "", list[ChangesPage]()
    while not pages or pages[-1].more:
        pages.append(await store.page(cursor, limit="3"))
        cursor = pages[-1].cursor
    assert [page.revocations is None for page in pages[:-1]] == [True] * (len(pages) - 1)
    assert stated(pages[-1]).holds(*told(*pages))


async def test_one_that_the_feed_does_not_show_yet_is_not_stated(
    hq: HeadOffice, store: StoreClient, second: asyncpg.Connection
) -> None:
    """Or each revocation that waits for an open transaction would look like one that is lost."""
    await issue(hq, *IDS)
    await revoke(hq.db, IDS[0])
    first = await store.page()
    late = second.transaction()
    await late.start()
    await revoke(second, IDS[1])
    await revoke(hq.db, IDS[2])

    between = await store.page(first.cursor)
    assert (told(between), stated(between)) == (([], []), stated(first))
    await late.commit()
    after = await store.page(between.cursor)
    assert told(after) == ([IDS[1], IDS[2]], [])
    assert stated(after).holds(IDS[:3], [])


async def test_a_change_that_is_gone_from_the_feed_is_stated_all_the_same(
    hq: HeadOffice, store: StoreClient
) -> None:
    """The control: what is stated comes from the coupons, not from what happens to be told."""
    await issue(hq, *IDS)
    await revoke(hq.db, IDS[0], IDS[1])
    await hq.db.execute("DELETE FROM change WHERE key = $1", IDS[1])
    page = await store.page()
    assert not stated(page).holds(*told(page))
    assert stated(page).holds(IDS[:2], [])


async def test_a_poll_writes_nothing_and_counts_no_coupon_anew(
    hq: HeadOffice, store: StoreClient
) -> None:
    await issue(hq, *IDS)
    await revoke(hq.db, *IDS[:3])
    first = await store.page()
    # The control: were it made anew, this coupon, which no feed told, would be in it.
    await hq.db.execute("UPDATE coupon SET revoked_place = 1 WHERE coupon_id = $1", IDS[7])
    assert stated(await store.page(first.cursor)) == stated(first)
    await begin_incarnation(hq.db, hq.key_store, now=Millis(NOON))
    assert stated(await store.page()).everyone.count == 4


async def test_what_was_revoked_before_a_restore_into_another_postgresql_is_stated(
    hq: HeadOffice, store: StoreClient
) -> None:
    """Whose transactions have smaller numbers than those of the one that was lost."""
    await issue(hq, *IDS)
    await revoke(hq.db, *IDS[:2])
    await hq.db.execute("UPDATE coupon SET revoked_place = revoked_place + 1000000000")
    await hq.db.execute("UPDATE change SET place = place + 1000000000")
    await begin_incarnation(hq.db, hq.key_store, now=Millis(NOON))
    page = await store.page()
    assert told(page) == (IDS[:2], [])
    assert stated(page).holds(IDS[:2], [])


SETS = st.sets(st.sampled_from(IDS))


@given(SETS, SETS, SETS, SETS)
def test_any_other_set_is_told_apart(
    everyone: set[str], own: set[str], all_held: set[str], own_held: set[str]
) -> None:
    statement = Revocations(
        everyone=RevokedSet(1, len(everyone), digest_of(sorted(everyone))),
        own=RevokedSet(1, len(own), digest_of(sorted(own))),
    )
    same = (everyone, own) == (all_held, own_held)
    assert statement.holds(sorted(all_held), sorted(own_held)) == same
