"""Operations on baskets: what lies on a till's counter, and what was set aside (挂单/取单)."""

from agent.api.body import typed
from agent.api.operation import Call, Operation, told
from agent.services.desk.wire import Till
from agent.services.selling.hold import (
    Discarded,
    HeldBasket,
    HeldBaskets,
    HoldOrder,
    RecallOrder,
    discard,
    hold,
    list_held,
    recall,
)
from agent.services.selling.open_basket import (
    BasketOrder,
    OpenBasket,
    PricedBasket,
    get_basket,
    put_basket,
)
from agent.store.idempotency import Answer

_BASKET = "/api/v1/tills/{till}/basket"
_HELD = "/api/v1/tills/{till}/held"


def basket_operations() -> tuple[Operation, ...]:
    """Return the operations on baskets."""
    return (*_open(), *_held())


def _open() -> tuple[Operation, ...]:
    return (
        Operation(
            method="PUT",
            path=_BASKET,
            name="put_basket",
            summary="Keep the till's basket as it is now, and say what it comes to.",
            order=BasketOrder,
            answer=OpenBasket,
            statuses={200: "kept, on disk"},
            run=_put_basket,
        ),
        Operation(
            method="GET",
            path=_BASKET,
            name="get_basket",
            summary="Say what lies in the till's basket and what it comes to.",
            answer=OpenBasket,
            statuses={200: "the basket"},
            run=_get_basket,
        ),
    )


def _held() -> tuple[Operation, ...]:
    return (
        Operation(
            method="POST",
            path=_HELD,
            name="hold",
            summary="Set the till's basket aside (挂单).",
            order=HoldOrder,
            answer=HeldBasket,
            statuses={201: "held, on disk"},
            run=_hold,
            writes=True,
        ),
        Operation(
            method="GET",
            path=_HELD,
            name="list_held",
            summary="List the baskets held at all tills of the store, newest first.",
            answer=HeldBaskets,
            statuses={200: "the held baskets"},
            run=_list_held,
        ),
        Operation(
            method="POST",
            path=f"{_HELD}/{{basket_id}}/recall",
            name="recall",
            summary="Go on with a held basket at this till (取单), wherever it was held.",
            order=RecallOrder,
            answer=PricedBasket,
            statuses={200: "it is the till's basket now"},
            run=_recall,
            writes=True,
        ),
        Operation(
            method="DELETE",
            path=f"{_HELD}/{{basket_id}}",
            name="discard",
            summary="Delete a held basket. Its coupons stay unused.",
            answer=Discarded,
            statuses={200: "deleted"},
            run=_discard,
            writes=True,
        ),
    )


async def _put_basket(call: Call) -> Answer:
    return told(await put_basket(call.desk, _till(call), call.order))


async def _get_basket(call: Call) -> Answer:
    return told(await get_basket(call.desk, _till(call)))


async def _hold(call: Call) -> Answer:
    return await hold(call.desk, _till(call), call.order, call.ticket)


async def _list_held(call: Call) -> Answer:
    return told(await list_held(call.desk))


async def _recall(call: Call) -> Answer:
    till, basket_id = _till(call), call.path["basket_id"]
    return await recall(call.desk, till, basket_id, call.order, call.ticket)


async def _discard(call: Call) -> Answer:
    return await discard(call.desk, call.path["basket_id"], call.ticket)


def _till(call: Call) -> str:
    return typed(call.path["till"], Till)
