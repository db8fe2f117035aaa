"""The training ground begins whole or not at all."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.services.desk.caller import Caller
from agent.services.desk.store_desk import StoreDesk
from agent.services.house.training import TrainingGround
from agent.services.line.apply_changes import ChangeApplier
from agent.services.selling.lookup import ArticleQuery, find_articles
from agent.state_dir import DATABASE_FILE
from agent.store.sqlite import DatabaseError
from tests.services.chain import COLA, Chain

TRAINEE = Caller(client="pos", training=True)


class Ground:
    """A training ground beside a store's database that is not at its place at first."""

    def __init__(self, desk: StoreDesk, directory: Path) -> None:
        self._database = directory / DATABASE_FILE
        self._place = directory / "real.db"
        self.told: list[StoreDesk] = []
        training = directory / "training" / DATABASE_FILE
        self.ground = TrainingGround(desk, real=self._place, training=training, opened=self._opened)

    def appear(self) -> None:
        self._place.symlink_to(self._database)

    async def practise(self) -> StoreDesk:
        return await self.ground.desk_for(TRAINEE)

    async def _opened(self, desk: StoreDesk) -> None:
        self.told.append(desk)


@pytest.fixture
async def ground(chain: Chain, desk: StoreDesk, tmp_path: Path) -> AsyncIterator[Ground]:
    await ChangeApplier(desk).apply(chain.page())
    made = Ground(desk, tmp_path)
    yield made
    await made.ground.close()


async def test_a_copy_that_fails_at_first_leaves_nothing_half_begun(ground: Ground) -> None:
    with pytest.raises(DatabaseError):
        await ground.practise()
    assert ground.told == []
    ground.appear()
    desk = await ground.practise()
    found = await find_articles(desk, ArticleQuery(query=COLA))
    assert [article.sku for article in found.articles] == [COLA]
    assert ground.told == [desk]


async def test_it_is_opened_and_told_of_once(ground: Ground) -> None:
    ground.appear()
    desk = await ground.practise()
    assert await ground.practise() is desk
    assert ground.told == [desk]
