"""A coupon used many times, each use earlier than the one that HQ heard of before it."""

from typing import NamedTuple

from agent.base.clock import HOUR_MS
from agent.domain.coupons.events import Redemption
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import NOON, Journal
from tests.hq.settlement.uses import holders


class User(NamedTuple):
    """A store that used the coupon."""

    client: StoreClient
    journal: Journal
    use: Redemption

    async def take_back(self) -> None:
        """Reverse the use."""
        self.journal.reverse(self.use)
        await self.client.send(self.journal, 2)


async def used_ever_earlier(hq: HeadOffice, coupon_id: str, *stores: str) -> list[User]:
    """One use in each store, settled one by one, each an hour before the last: each wins."""
    users = []
    for number, code in enumerate(stores):
        client = await hq.store(code)
        journal = client.journal()
        use = journal.redeem(coupon_id, bound=False, at=NOON - number * HOUR_MS)
        await client.send(journal)
        await hq.settle()
        hq.clock.now += 1
        users.append(User(client, journal, use))
    return users


async def open_cases(hq: HeadOffice) -> list[tuple[str, str]]:
    """Winner and loser of each."""
    rows = await hq.rows(
        "SELECT winner_store, loser_store FROM coupon_case WHERE state = 'open' ORDER BY case_id"
    )
    return [(winner, loser) for winner, loser in rows]


async def test_with_the_winner_gone_the_coupon_is_not_held_by_who_lost_to_another(
    hq: HeadOffice,
) -> None:
    [coupon_id] = await hq.issue()
    *_, winner = await used_ever_earlier(hq, coupon_id, "MB001", "MB002", "MB003")

    await winner.take_back()
    await hq.settle()

    assert await open_cases(hq) == [("MB002", "MB001")]
    assert await holders(hq) == [(coupon_id, "MB002")]


async def test_with_one_in_the_middle_gone_who_lost_to_it_is_judged_against_the_holder(
    hq: HeadOffice,
) -> None:
    [coupon_id] = await hq.issue()
    users = await used_ever_earlier(hq, coupon_id, "MB001", "MB002", "MB003", "MB004")

    await users[2].take_back()
    await hq.settle()

    assert await open_cases(hq) == [("MB002", "MB001"), ("MB004", "MB002")]
    assert await holders(hq) == [(coupon_id, "MB004")]
