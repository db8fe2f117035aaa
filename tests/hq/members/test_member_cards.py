"""A member's code: signed, for a time, for a member that HQ knows."""

import pytest

from agent.base.clock import DAY_MS, Millis
from agent.domain.coupons.token import TokenKind, verify_token
from sync.hq.errors import AdminError
from sync.hq.members.member_cards import member_card
from sync.hq.members.members import Member, put_members
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import NOON
from tests.hq.trust.key_ring import key_ring

MEMBER = "a" * 24
TOMORROW = Millis(NOON + DAY_MS)


async def test_a_store_knows_the_member_by_it(hq: HeadOffice, store: StoreClient) -> None:
    await put_members(hq.db, [Member(member_id=MEMBER)])
    token = await member_card(hq.db, hq.key_store, MEMBER, expires=TOMORROW, now=NOON)
    claims = verify_token(token, keys=await key_ring(hq, store), now=NOON)
    assert (claims.kind, claims.code_id, claims.expires) == (TokenKind.MEMBER, MEMBER, TOMORROW)


async def test_nobody_unknown_gets_one(hq: HeadOffice) -> None:
    with pytest.raises(AdminError, match=MEMBER):
        await member_card(hq.db, hq.key_store, MEMBER, expires=TOMORROW, now=NOON)


async def test_none_is_made_that_has_expired(hq: HeadOffice) -> None:
    await put_members(hq.db, [Member(member_id=MEMBER)])
    with pytest.raises(AdminError, match="after now"):
        await member_card(hq.db, hq.key_store, MEMBER, expires=NOON, now=NOON)
