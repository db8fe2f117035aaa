"""One history: customers and accidents of one seed, then rest, then the judge."""

import asyncio

from sync.uploader import UploadState
from tests.simulation.accidents import Accident, befall
from tests.simulation.head_office import PRICES_FEN, Coupon
from tests.simulation.judge import judge
from tests.simulation.ledger import keep
from tests.simulation.network import State
from tests.simulation.shop import Shop, Till
from tests.simulation.world import Founded, World

OPEN_S = 90.0
"""So long customers come, and accidents happen."""
RESTS = 60
REST_S = 30.0
"""After so many of these at most, everything is at rest."""

_UNSETTLED = """
SELECT EXISTS (
    SELECT FROM store_settlement s JOIN event e USING (store)
    WHERE s.store = ANY($1) AND (e.epoch, e.seq) > (s.epoch, s.settled_seq)) AS x
"""


async def live_through(world: World, founded: Founded, accidents: list[Accident]) -> None:
    """Open, let customers and `accidents` come, mend everything, and judge."""
    chance = world.chance
    await world.open(founded, stores=2 if chance.random() < 0.8 else 3)
    async with asyncio.TaskGroup() as happenings:
        for number in range(chance.randint(4, 7)):
            happenings.create_task(_customer(world, f"k{number}", chance.uniform(0, OPEN_S)))
        for accident in accidents:
            happenings.create_task(_accident(world, accident, chance.uniform(0, OPEN_S / 2)))
        if chance.random() < 0.2:
            happenings.create_task(_revoke(world, chance.uniform(0, OPEN_S)))
        if chance.random() < 0.3:
            happenings.create_task(_night(world, chance.uniform(10, OPEN_S)))
    await _come_to_rest(world)
    await judge(world)


async def _accident(world: World, accident: Accident, at: float) -> None:
    await asyncio.sleep(at)
    await befall(world, accident)


async def _customer(world: World, key: str, at: float) -> None:
    await asyncio.sleep(at)
    chance = world.chance
    shop = chance.choice(world.shops)
    what = chance.random()
    if what < 0.4:
        await _till(world, shop).sell(key, chance.choice(list(PRICES_FEN)))
    elif what < 0.6:
        await _coupon_of_a_store(world, shop, key)
    else:
        await _coupon_of_the_chain(world, key)


async def _coupon_of_a_store(world: World, shop: Shop, key: str) -> None:
    coupon = next(one for one in world.coupons if one.store == shop.code)
    till = _till(world, shop)
    redemption_id = await till.redeem(key, coupon)
    if redemption_id and world.chance.random() < 0.4:
        await asyncio.sleep(world.chance.uniform(1, 30))
        await till.take_back(f"{key} back", redemption_id)


async def _coupon_of_the_chain(world: World, key: str) -> None:
    """Used in one store, or in all at the same instant, or one after the other."""
    chance = world.chance
    coupon = chance.choice([one for one in world.coupons if one.store is None])
    shops = world.shops if chance.random() < 0.6 else [chance.choice(world.shops)]
    apart_s = chance.choice((0, 0, 0.05, 3))

    async def use(number: int, shop: Shop) -> None:
        await asyncio.sleep(number * apart_s)
        await _till(world, shop).redeem(f"{key} {number}", coupon)

    await asyncio.gather(*(use(number, shop) for number, shop in enumerate(shops)))


def _till(world: World, shop: Shop) -> Till:
    """A till of the store: of a clone, too, while there is one."""
    pcs = [shop.pc, *(pc for of, pc in world.tills if of is shop and not pc.gone)]
    return Till(world.chance.choice(pcs))


async def _revoke(world: World, at: float) -> None:
    await asyncio.sleep(at)
    coupon: Coupon = world.chance.choice(world.coupons)
    await world.hq.revoke(coupon)
    world.revoked.add(coupon)


async def _night(world: World, at: float) -> None:
    """HQ is backed up, and the stores delete what they need not keep."""
    await asyncio.sleep(at)
    if Accident.HQ_SET_BACK not in world.met:  # its copy is that accident's own
        await world.hq.back_up([shop.code for shop in world.shops])
    for pause in (1, 20):
        await asyncio.sleep(pause)
        for shop in world.shops:
            if shop.pc.running and shop.pc.ready:
                shop.pc.prune()


async def _come_to_rest(world: World) -> None:
    """Mend everything; return when HQ has and has told everything."""
    for line in world.loop.network.lines.values():
        line.state, line.delay_s = State.UP, (0.005, 0.05)
        line.mishaps.clear()
    if world.hq.process is None or not world.hq.process.alive:
        await world.hq.stop()
        await world.hq.start()
    restless: list[str] = []
    for _ in range(RESTS):
        for shop in world.shops:
            await _wake(world, shop)
        await asyncio.sleep(REST_S)
        restless = [why for shop in world.shops if (why := await _restless(world, shop))]
        if not restless:
            return
    keep(2, "who does not come to rest", [], restless)


async def _wake(world: World, shop: Shop) -> None:
    pc = shop.pc
    if not pc.running:
        await pc.start()
    if pc.state is UploadState.FENCED:
        world.met["store fenced"] += 1
        await world.hq.release(shop.code)
    pc.uploader.greet_again()
    assert pc.process is not None
    pc.process.spawn(pc.downloader.poll(), "poll")


async def _restless(world: World, shop: Shop) -> str:
    pc, code = shop.pc, shop.code
    state = pc.standing()
    if not pc.running or pc.state is not UploadState.IDLE or state.acked.seq != pc.tip():
        return f"{code} {pc.state} {pc.uploader.status.last_error}"
    if (await world.hq.ask(_UNSETTLED, [code]))[0]["x"]:
        return f"{code} unsettled"
    if await world.hq.has_more(code, state.cursor):
        return f"{code} is not told everything {pc.downloader.status.last_error}"
    return ""
