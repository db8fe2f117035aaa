"""The judge: both sides compared by SQL when everything has come to rest."""

from collections import Counter
from collections.abc import Mapping, Sequence

from asyncpg import Record

from agent.domain.line.chain import GENESIS, line_hash
from agent.domain.selling.events import SaleRecorded
from agent.store.line.sync_state import SyncState
from tests.simulation.head_office import OPENING_PIECES, PRICES_FEN
from tests.simulation.ledger import keep
from tests.simulation.shop import Shop
from tests.simulation.world import World
from tests.system.promises.books import Fact, pieces_sold, standing

_EVENTS = """
SELECT store, epoch, seq, event_id::text, hash, line, duplicate, EXISTS (
    SELECT FROM store_epoch n WHERE n.store = e.store AND n.epoch > e.epoch
    AND n.begun_at < e.received_at) AS late
FROM event e WHERE store = ANY($1) ORDER BY store, epoch, seq
"""
_EPOCHS = """
SELECT store, epoch, base_seq FROM store_epoch WHERE store = ANY($1) ORDER BY epoch DESC
"""
_OFFERED = "SELECT store, epoch FROM store_epoch WHERE store = ANY($1) AND begun_at IS NULL"
_POSITIONS = "SELECT store, accepted_seq, accepted_hash FROM store_position WHERE store = ANY($1)"
_SALES = "SELECT sale_id FROM sale WHERE store = ANY($1)"
_REDEMPTIONS = "SELECT redemption_id FROM redemption WHERE store = ANY($1)"
_PARKED = "SELECT store, epoch, seq, code, detail FROM parked WHERE store = ANY($1)"
_STOCK = "SELECT store, sku, quantity FROM stock WHERE store = ANY($1)"
_USES = """
SELECT coupon_id, store, redemption_id, holder FROM coupon_use
WHERE coupon_id = ANY($1) AND reversed_at IS NULL
"""
_REVOKED_AT_HQ = """
SELECT coupon_id, store FROM coupon WHERE coupon_id = ANY($1) AND revoked_at IS NOT NULL
"""
_USED_AT_HQ = """
SELECT c.coupon_id, u.store FROM coupon c JOIN coupon_use u USING (coupon_id)
WHERE c.coupon_id = ANY($1) AND c.store IS NULL AND u.holder AND u.reversed_at IS NULL
"""
_GONE = "SELECT coupon_id FROM coupon_state WHERE state IN ('used', 'revoked')"
_REVOKED = "SELECT coupon_id FROM coupon_state WHERE state = 'revoked'"
_CASES = """
SELECT coupon_id FROM coupon_case WHERE coupon_id = ANY($1) AND state = 'open'
UNION ALL  -- further uses by which a store lost a coupon again stand in its case
SELECT u.coupon_id FROM coupon_use u JOIN coupon_case c ON c.case_id = u.folded_into
WHERE u.coupon_id = ANY($1) AND c.coupon_id = u.coupon_id AND c.state = 'open'
    AND u.reversed_at IS NULL
"""


async def judge(world: World) -> None:
    """Raise PromiseBrokenError unless every promise was kept."""
    keep(2, "acknowledged, and not at HQ at that moment", [], world.unheld)
    lines = world.loop.network.lines.values()
    keep(8, "repeated requests that were taken", 0, sum(one.met["repeat taken"] for one in lines))
    codes = [shop.code for shop in world.shops]
    events = await world.hq.ask(_EVENTS, codes)
    epochs = await world.hq.ask(_EPOCHS, codes)
    positions = {row["store"]: row for row in await world.hq.ask(_POSITIONS, codes)}
    offered = {(row["store"], row["epoch"]) for row in await world.hq.ask(_OFFERED, codes)}
    world.met["later epoch"] += sum(row["epoch"] > 1 for row in epochs)
    facts: list[Fact] = []
    for shop in world.shops:
        own = [row for row in events if row["store"] == shop.code]
        bases = [(row["epoch"], row["base_seq"]) for row in epochs if row["store"] == shop.code]
        journal = _journal(shop)
        at_hq = _standing(own, bases)
        if shop.disturbed and (shop.code, shop.pc.standing().epoch) in offered:
            # Its disk was set back and has done nothing since: HQ goes on to hold what followed.
            world.met["set back, at rest"] += 1
            _judge_copy(shop, journal, {seq: at_hq.get(seq) for seq in range(1, len(journal) + 1)})
        else:
            _judge_copy(shop, journal, at_hq)
            found = positions[shop.code]["accepted_seq"], positions[shop.code]["accepted_hash"]
            keep(2, f"HQ's position of {shop.code}", _tip(journal), found)
        if not world.hq_set_back:
            _judge_proven(shop, own)
        late = [(row["epoch"], row["seq"]) for row in own if row["late"]]
        keep(2, f"taken of {shop.code} in an epoch that was over", [], late)
        _judge_origin(world, shop, journal, own)
        facts += _judge_once(own)
    await _judge_effects(world, codes, facts)
    await _judge_stock(world, codes, facts)
    await _judge_coupons(world, facts)
    _judge_certain(world, facts)


def _journal(shop: Shop) -> list[bytes]:
    """The journal of the disk in use, what was pruned included; what was told is in it."""
    on_disk, told = shop.pc.lines(), shop.pc.ledger.told
    first = min(on_disk, default=shop.pc.tip() + 1)
    lost = {seq for seq, line in told.items() if seq >= first and on_disk.get(seq) != line}
    keep(1, f"what {shop.code} was told and has not", set(), lost)
    if not shop.disturbed:  # each till asked until it was told
        keep(1, f"what {shop.code} has and told nobody", set(), {*on_disk} - {*told})
    return [line for _, line in sorted((told | on_disk).items())]


def _standing(own: Sequence[Record], bases: Sequence[tuple[int, int]]) -> dict[int, bytes]:
    """HQ's lines of the journal as it stands, by place."""
    return {
        row["seq"]: row["line"]
        for row in own
        if row["epoch"] == next((epoch for epoch, base in bases if base < row["seq"]), 0)
    }


def _tip(journal: Sequence[bytes]) -> tuple[int, bytes]:
    return len(journal), line_hash(journal[-1]) if journal else GENESIS


def _judge_copy(shop: Shop, journal: Sequence[bytes], at_hq: Mapping[int, bytes | None]) -> None:
    """HQ holds the journal as 1…n, in the same bytes, and has acknowledged it."""
    expected = dict(enumerate(journal, 1))
    keep(2, f"HQ's copy of {shop.code}: places", list(expected), sorted(at_hq))
    keep(2, f"HQ's copy of {shop.code}", expected, at_hq)
    state: SyncState = shop.pc.standing()
    found = state.acked.seq, state.acked.hash
    keep(2, f"acknowledged to {shop.code}", _tip(journal), found)


def _judge_proven(shop: Shop, own: Sequence[Record]) -> None:
    """What HQ acknowledged to a disk that is gone, it holds."""
    held = {(row["seq"], row["hash"].hex()) for row in own} | {(0, GENESIS.hex())}
    keep(2, f"acknowledged, and not at HQ, of {shop.code}", set(), shop.proven - held)


def _judge_origin(
    world: World, shop: Shop, journal: Sequence[bytes], own: Sequence[Record]
) -> None:
    """HQ holds nothing that no disk of the store ever did."""
    left = {line for pc in world.pcs if pc.code == shop.code for line in pc.lines().values()}
    made_up = {row["line"] for row in own} - shop.ever - set(journal) - left
    keep(2, f"made up of {shop.code}", set(), made_up)


def _judge_once(own: Sequence[Record]) -> list[Fact]:
    """No event counts twice; return those that count."""
    counting = [row for row in own if not row["duplicate"]]
    again = [one for one, n in Counter(row["event_id"] for row in counting).items() if n > 1]
    keep(2, "events that count twice", [], again)
    return [Fact.read(row["line"]) for row in counting]


async def _judge_effects(world: World, codes: Sequence[str], facts: Sequence[Fact]) -> None:
    sold = Counter(fact.body.sale_id for fact in facts if isinstance(fact.body, SaleRecorded))
    found = Counter(row["sale_id"] for row in await world.hq.ask(_SALES, codes))
    keep(2, "sales at HQ", sold, found)
    used = Counter(use.redemption_id for fact in facts for use in fact.redemptions)
    found = Counter(row["redemption_id"] for row in await world.hq.ask(_REDEMPTIONS, codes))
    keep(2, "redemptions at HQ", used, found)
    parked = [tuple(row) for row in await world.hq.ask(_PARKED, codes)]
    keep(5, "parked at HQ", [], parked)


async def _judge_stock(world: World, codes: Sequence[str], facts: Sequence[Fact]) -> None:
    """Opening less sold, at HQ and in the store."""
    at_hq = {
        (row["store"], row["sku"]): row["quantity"] for row in await world.hq.ask(_STOCK, codes)
    }
    for shop in world.shops:
        sold = pieces_sold(fact for fact in facts if fact.envelope.store == shop.code)
        left = {sku: OPENING_PIECES - sold.get(sku, 0) for sku in PRICES_FEN}
        keep(4, f"stock of {shop.code}", left, {sku: at_hq[shop.code, sku] for sku in PRICES_FEN})
        keep(
            4, f"stock in {shop.code}", left, dict(shop.pc.query("SELECT sku, quantity FROM stock"))
        )


async def _judge_coupons(world: World, facts: Sequence[Fact]) -> None:
    """All standing uses are known, one holds the coupon, each other one has its case."""
    ids = [coupon.coupon_id for coupon in world.coupons]
    expected = {
        (use.coupon_id, fact.envelope.store, use.redemption_id)
        for store in {fact.envelope.store for fact in facts}
        for fact in facts
        if fact.envelope.store == store
        for use in fact.redemptions
        if use in standing([one for one in facts if one.envelope.store == store])
    }
    rows = await world.hq.ask(_USES, ids)
    keep(3, "uses", expected, {(r["coupon_id"], r["store"], r["redemption_id"]) for r in rows})
    uses = Counter(coupon_id for coupon_id, _, _ in expected)
    holders = Counter(row["coupon_id"] for row in rows if row["holder"])
    keep(3, "holders", Counter(dict.fromkeys(uses, 1)), holders)
    cases = Counter(row["coupon_id"] for row in await world.hq.ask(_CASES, ids))
    keep(3, "open cases", Counter({one: n - 1 for one, n in uses.items() if n > 1}), cases)
    world.met["case opened"] += cases.total()
    revoked = await world.hq.ask(_REVOKED_AT_HQ, ids)
    used = await world.hq.ask(_USED_AT_HQ, ids)
    for shop in world.shops:
        unheard = {row["coupon_id"] for row in used if row["store"] != shop.code}
        unheard -= {row[0] for row in shop.pc.query(_GONE)}
        keep(3, f"uses not told to {shop.code}", set(), unheard)
        untold = {row["coupon_id"] for row in revoked if row["store"] in (None, shop.code)}
        untold -= {row[0] for row in shop.pc.query(_REVOKED)}
        keep(3, f"revocations not told to {shop.code}", set(), untold)


def _judge_certain(world: World, facts: Sequence[Fact]) -> None:
    """Of stores whose disks nothing befell, one at most took a coupon for certain."""
    if world.hq_set_back:
        return
    quiet = {shop.code: shop.pc.ledger.certain for shop in world.shops if not shop.disturbed}
    gone = {redemption for fact in facts for redemption in fact.taken_back}
    taken = Counter(
        coupon_id
        for certain in quiet.values()
        for redemption_id, coupon_id in certain.items()
        if redemption_id not in gone
    )
    keep(3, "coupons taken for certain twice", [], [one for one, n in taken.items() if n > 1])
