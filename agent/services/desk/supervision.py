"""Supervision: who stands for what a cashier may not do alone."""

from agent.domain.staff.cashier import Role
from agent.services.desk.caller import Caller


def approver(caller: Caller, said: str | None) -> str | None:
    """Return the supervisor who approves, None if nobody does.

    A supervisor signed in approves by that alone. Else it is whom the order named: a POS is
    believed, and what a page says was proven by that supervisor's PIN before it came here.
    """
    if caller.cashier is not None and caller.role.may_act_as(Role.SUPERVISOR):
        return caller.cashier
    return said
