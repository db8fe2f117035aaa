"""What an agent could not read of the feed, as the till meets it."""

from pathlib import Path

from agent.base.clock import Millis
from agent.state_dir import DATABASE_FILE
from agent.store.database import Database
from agent.store.line import parked
from agent.store.sqlite import Connection
from sync.protocol.messages import Change
from tests.api.conftest import Shop
from tests.api.till import SCANS, STATUS
from tests.services.chain import BOUND
from tests.services.feed import change

RETRY = "/api/v1/feed/retry"
DATES = {"starts_at": 0, "ends_at": 2**53 - 1}
HALF = {"type": "percent_off", "pay_bp": 5_000}
OF_A_NEWER_VERSION = {"type": "nth_piece", "nth": 2}
NUMBER = 42


def campaign(rule: dict[str, object], number: int = NUMBER) -> Change:
    body = {"campaign": number, "name": "半价", "rule": rule, "class": "bound"}
    return change("campaign", str(number), **body, **DATES)


async def park(state_dir: Path, *changes: Change) -> None:
    """Leave changes parked, as an older version does."""
    database = Database(state_dir / DATABASE_FILE)
    database.open()

    def work(db: Connection) -> None:
        for told in changes:
            body = bytes(told.body)
            parked.park(db, told.entity, told.key, body, "not known then", Millis(1))

    await database.write(work)
    database.close()


async def test_an_upgraded_agent_takes_the_coupons_of_what_was_parked(shop: Shop) -> None:
    await park(shop.state_dir, campaign(HALF))
    till = await shop.open()
    assert (await till.get(STATUS)).json["outbox"]["parked_here"] == 0
    verdict = (await till.post(SCANS, {"code": shop.chain.token(NUMBER)})).json["verdict"]
    assert (verdict["outcome"], verdict["campaign_name"]) == ("accepted", "半价")


async def test_a_coupon_that_the_agent_is_too_old_for_is_refused_in_true_words(shop: Shop) -> None:
    newer = (campaign(OF_A_NEWER_VERSION), campaign(OF_A_NEWER_VERSION, BOUND))
    await park(shop.state_dir, *newer)
    till = await shop.open()
    assert (await till.get(STATUS)).json["outbox"]["parked_here"] == 2
    for number in (NUMBER, BOUND):
        verdict = (await till.post(SCANS, {"code": shop.chain.token(number)})).json["verdict"]
        assert (verdict["outcome"], verdict["reason"]) == ("refused", "needs_update")
        assert "联网" not in verdict["sentence"]["zh-CN"]
        assert "升级" in verdict["sentence"]["zh-CN"]
        assert "update" in verdict["sentence"]["en"]
    assert (await till.post(RETRY, {})).json == {"applied": 0, "parked": 2}


async def test_only_store_it_tries_again(shop: Shop) -> None:
    await shop.open()
    assert (await shop.another_till("pos").post(RETRY, {})).code == "role_needed"
