"""Whatever is changed in a good request: it is recorded whole, or nothing is."""

import copy
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.conftest import Shop
from tests.api.till import Till, redemption, sale
from tests.services.chain import MEMBER
from tests.services.facts import facts

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.sampled_from([0, 1, -1, 12_679, 12_680, 12_681, 10_000_000_000, 10_000_000_001]),
    st.text(max_size=70),
    st.sampled_from(["", "T1", "COLA-330", MEMBER, "\x00", "HQ1AAAA", "134567890123456789"]),
    st.lists(st.integers(0, 9), max_size=3),
    st.dictionaries(st.sampled_from(["sku", "quantity", "kind"]), st.integers(0, 9), max_size=3),
)


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
async def test_a_changed_request_is_recorded_whole_or_not_at_all(
    shop: Shop, till: Till, data: st.DataObject
) -> None:
    code = shop.chain.token()
    good = {
        "/api/v1/sales": sale(code, pay=10_680, member_id=MEMBER),
        "/api/v1/redemptions": redemption(code, order_ref="A-1"),
    }
    path = data.draw(st.sampled_from(sorted(good)))
    order = _changed(good[path], data)
    before = facts(shop.state_dir)
    answer = await till.post(path, order)
    after = facts(shop.state_dir)
    recorded = len(after["journal"]) - len(before["journal"])
    assert answer.status in (200, 201, 400, 422)
    assert recorded == (1 if answer.status == 201 else 0)
    if answer.status == 200:
        assert len(after.pop("idempotency")) == len(before.pop("idempotency")) + 1
    if answer.status != 201:
        assert after == before


def _changed(order: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """Return the order with one value, anywhere in it, replaced or left out."""
    whole: Any = {"order": copy.deepcopy(order)}
    parent, key = whole, "order"
    while isinstance(parent[key], dict | list) and parent[key]:
        inner = parent[key]
        keys = sorted(inner) if isinstance(inner, dict) else list(range(len(inner)))
        parent, key = inner, data.draw(st.sampled_from(keys))
        if data.draw(st.booleans()):
            break
    if data.draw(st.booleans()):
        parent[key] = data.draw(VALUES)
    else:
        del parent[key]
    return whole["order"]  # type: ignore[no-any-return]  # the very order, changed
