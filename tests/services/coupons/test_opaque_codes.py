"""Opaque codes come down the feed."""

import msgspec

from agent.domain.coupons.opaque import OpaqueCoupons, digest_of, key_of
from agent.services.desk.store_desk import StoreDesk
from agent.services.line.apply_changes import ChangeApplier
from agent.store.coupons import opaque_codes
from agent.store.line import parked
from tests.services.feed import change, page

TOLD = OpaqueCoupons(
    key=key_of(digest_of("春天来了")), campaign=1, not_before=0, expires=2**40, uses=2
)


async def test_what_head_office_tells_of_a_code_is_kept(desk: StoreDesk) -> None:
    body = msgspec.to_builtins(TOLD)
    await ChangeApplier(desk).apply(
        page(change("opaque_code", TOLD.key, **body), at=desk.time.now())
    )
    assert await desk.database.read(lambda db: opaque_codes.find(db, TOLD.key)) == TOLD


async def test_what_can_not_be_is_parked(desk: StoreDesk) -> None:
    body = msgspec.to_builtins(TOLD) | {"uses": 0}
    await ChangeApplier(desk).apply(
        page(change("opaque_code", TOLD.key, **body), at=desk.time.now())
    )
    assert await desk.database.read(lambda db: opaque_codes.find(db, TOLD.key)) is None
    assert await desk.database.read(parked.counts) == (0, 1)
