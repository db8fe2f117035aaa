"""A session acts for its own till and cashier; a supervisor's name counts after the PIN alone."""

from collections.abc import Sequence
from typing import Any

from agent.api.operation import Call, Operation
from agent.base.problem import ProblemError
from agent.domain.staff.cashier import Role
from agent.services.desk.wire import LineOrder
from agent.services.selling.own_prices import foreign_price


def check_is_own(call: Call) -> None:
    """Raise ProblemError when a session's request names another till or cashier.

    What only looks, such as a quote, may name a supervisor whose approval is not used up.
    """
    caller = call.caller
    for field, own in (("till", caller.till), ("cashier", caller.cashier)):
        if getattr(call.order, field, None) not in (None, own):
            raise ProblemError(403, "not_your_till", f"this session's {field} is {own}")
    if call.path.get("till", caller.till) != caller.till:
        raise ProblemError(403, "not_your_till", f"this session's till is {caller.till}")
    named = _named(call)
    if call.given is None and named not in (None, caller.approved_by):
        raise ProblemError(403, "not_approved", "the supervisor has to give the PIN first")


async def check_prices(call: Call) -> None:
    """Raise ProblemError when a cashier's session gives an article a price that is not its own.

    A supervisor who gave the PIN for it may: a code of a maker can hold a weight or price, and
    anybody can print one.
    """
    caller = call.caller
    lines: Sequence[Any] = getattr(call.order, "lines", None) or ()
    orders = [line for line in lines if isinstance(line, LineOrder)]
    if caller.till is None or caller.role.may_act_as(Role.SUPERVISOR):
        return
    if _named(call) is not None and _named(call) == caller.approved_by:
        return
    sku = await foreign_price(call.desk, caller.till, orders)
    if sku is not None:
        raise ProblemError(403, "price_not_own", f"article {sku} has a price", sku=sku)


def needed_approval(operation: Operation, call: Call) -> str | None:
    """Return whose approval this write uses up; None when it needs none."""
    if call.given is None:
        return None
    caller = call.caller
    if operation.uses_approval and not caller.role.may_act_as(Role.SUPERVISOR):
        return caller.approved_by
    return _named(call)


def _named(call: Call) -> str | None:
    """Return whose PIN has to prove the order's `approved_by`; signing in proved one's own."""
    named: str | None = getattr(call.order, "approved_by", None)
    own = named == call.caller.cashier and call.caller.role.may_act_as(Role.SUPERVISOR)
    return None if own else named
