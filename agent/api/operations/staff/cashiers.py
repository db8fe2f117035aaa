"""Operations on cashiers: add, list, set the PIN, give a card, unlock, remove."""

from agent.api.operation import Call, Operation, told
from agent.domain.staff.cashier import Role
from agent.services.staff.roster import NewCashier, NewPin, Staff, StaffCard, StaffList, StaffMember
from agent.store.idempotency import Answer

_ALL = "/api/v1/cashiers"
_ONE = f"{_ALL}/{{cashier}}"


def cashier_operations(staff: Staff) -> tuple[Operation, ...]:
    """Return the operations on cashiers; none takes an Idempotency-Key: repeated, it is so."""
    run = _Run(staff)
    return (
        Operation(
            method="GET",
            path=_ALL,
            name="cashiers",
            summary="List who may sign in. For IT and this PC's own commands.",
            answer=StaffList,
            statuses={200: "the cashiers"},
            run=run.list,
            role=Role.IT,
        ),
        Operation(
            method="POST",
            path=_ALL,
            name="add_cashier",
            summary="Let somebody sign in. For IT and this PC's own commands.",
            order=NewCashier,
            answer=StaffMember,
            statuses={201: "added"},
            run=run.add,
            role=Role.IT,
            names_others=True,
        ),
        Operation(
            method="POST",
            path=f"{_ONE}/pin",
            name="set_pin",
            summary="Replace a cashier's PIN. For IT and this PC's own commands.",
            order=NewPin,
            answer=StaffMember,
            statuses={200: "replaced; the cashier's sessions have ended"},
            run=run.set_pin,
            role=Role.IT,
        ),
        Operation(
            method="POST",
            path=f"{_ONE}/card",
            name="give_card",
            summary="Make a card to approve by. For IT and this PC's own commands.",
            answer=StaffCard,
            statuses={200: "the card's code, told this once"},
            run=run.give_card,
            role=Role.IT,
        ),
        Operation(
            method="POST",
            path=f"{_ONE}/unlock",
            name="unlock_cashier",
            summary="End the lock after wrong PINs, of this PC and of a number of no higher role.",
            answer=StaffMember,
            statuses={200: "free"},
            run=run.unlock,
            role=Role.SUPERVISOR,
        ),
        Operation(
            method="DELETE",
            path=_ONE,
            name="remove_cashier",
            summary="Let somebody sign in no longer. For IT and this PC's own commands.",
            answer=StaffMember,
            statuses={200: "removed; the cashier's sessions have ended"},
            run=run.remove,
            role=Role.IT,
        ),
    )


class _Run:
    """Runs the operations."""

    def __init__(self, staff: Staff) -> None:
        self._staff = staff

    async def list(self, _: Call) -> Answer:
        return told(await self._staff.list())

    async def add(self, call: Call) -> Answer:
        return told(await self._staff.add(call.order), 201)

    async def set_pin(self, call: Call) -> Answer:
        return told(await self._staff.set_pin(call.path["cashier"], call.order))

    async def give_card(self, call: Call) -> Answer:
        return told(await self._staff.give_card(call.path["cashier"]))

    async def unlock(self, call: Call) -> Answer:
        return told(await self._staff.unlock(call.path["cashier"], by=call.caller.role))

    async def remove(self, call: Call) -> Answer:
        return told(await self._staff.remove(call.path["cashier"]))
