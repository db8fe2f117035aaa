"""An operation of the local API, and the call that runs it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from agent.api.entry.door import Door
from agent.domain.staff.cashier import Role
from agent.services.desk.caller import Caller
from agent.services.desk.once import Ticket
from agent.services.desk.store_desk import StoreDesk
from agent.store.idempotency import Answer


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request, let in, read and checked."""

    desk: StoreDesk
    """The store's, or the training ground's."""
    caller: Caller
    path: Mapping[str, str]
    order: Any = None
    """Of the operation's type `order`: the body."""
    query: Any = None
    """Of the operation's type `query`."""
    given: Ticket | None = None

    @property
    def ticket(self) -> Ticket:
        """The ticket of an operation that writes."""
        assert self.given is not None  # noqa: S101 - dispatch gives one to each that writes
        return self.given


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation: where, what for, with what, and what comes back."""

    method: str
    path: str
    name: str
    summary: str
    run: Callable[[Call], Awaitable[Answer]]
    answer: type[Any]
    statuses: dict[int, str]
    """Successful statuses and what each means."""
    order: type[Any] | None = None
    """The body's type; None for none."""
    query: type[Any] | None = None
    """A struct of the query's fields; None for none."""
    writes: bool = False
    """Takes an Idempotency-Key; 201 says that it is recorded."""
    role: Role = Role.CASHIER
    """The least role. A POS is trusted like a supervisor, this PC's own commands like IT."""
    door: Door = Door.KEPT
    session_only: bool = False
    """About the session of who asks; an API key has none."""
    uses_approval: bool = False
    """Uses up what a supervisor approved for the session, though its body names nobody."""
    names_others: bool = False
    """The body names somebody else than who asks; otherwise a session is held to its own."""


def told(answer: Any, status: int = 200) -> Answer:
    """Return `answer` as JSON."""
    return Answer(status, msgspec.json.encode(answer))
