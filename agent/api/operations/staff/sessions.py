"""Operations on the session of a till page: sign in, lock, unlock, sign out, approve."""

import msgspec

from agent.api.entry.door import Door
from agent.api.entry.session_cookie import SessionCookie
from agent.api.operation import Call, Operation, told
from agent.base.problem import ProblemError
from agent.services.staff.approvals import Approval, Approvals, Approved, CardApproval
from agent.services.staff.till_sessions import (
    SessionView,
    SignedOut,
    SignIn,
    Speak,
    TillSessions,
    Unlock,
)
from agent.store.idempotency import Answer

CURRENT = "/api/v1/sessions/current"


def session_operations(
    sessions: TillSessions, approvals: Approvals, cookie: SessionCookie
) -> tuple[Operation, ...]:
    """Return the operations on the session; none takes an Idempotency-Key: repeated, it is so."""
    run = _Run(sessions, approvals, cookie)
    return (
        Operation(
            method="POST",
            path="/api/v1/sessions",
            name="sign_in",
            summary="Sign in at the till page; the till's former session ends.",
            order=SignIn,
            answer=SessionView,
            statuses={201: "signed in; the cookie store_session_<port> carries the session"},
            run=run.sign_in,
            door=Door.PUBLIC,
        ),
        Operation(
            method="GET",
            path=CURRENT,
            name="session",
            summary="Say who is signed in, and what is still to be synced.",
            answer=SessionView,
            statuses={200: "the session"},
            run=run.current,
            session_only=True,
            door=Door.LOCKED_TOO,
        ),
        Operation(
            method="DELETE",
            path=CURRENT,
            name="sign_out",
            summary="End the session. What is not synced yet stays, and is told.",
            answer=SignedOut,
            statuses={200: "signed out"},
            run=run.sign_out,
            session_only=True,
            door=Door.LOCKED_TOO,
        ),
        Operation(
            method="POST",
            path=f"{CURRENT}/lock",
            name="lock_session",
            summary="Lock the till until the cashier's PIN is given.",
            answer=SessionView,
            statuses={200: "locked"},
            run=run.lock,
            session_only=True,
            door=Door.LOCKED_TOO,
        ),
        Operation(
            method="POST",
            path=f"{CURRENT}/unlock",
            name="unlock_session",
            summary="Unlock the till by the cashier's own PIN.",
            order=Unlock,
            answer=SessionView,
            statuses={200: "unlocked"},
            run=run.unlock,
            session_only=True,
            door=Door.LOCKED_TOO,
        ),
        Operation(
            method="POST",
            path=f"{CURRENT}/language",
            name="set_language",
            summary="Change the language of the page.",
            order=Speak,
            answer=SessionView,
            statuses={200: "changed"},
            run=run.speak,
            session_only=True,
        ),
        Operation(
            method="POST",
            path="/api/v1/approvals",
            name="approve",
            summary="Give a supervisor's PIN for the session's next write.",
            order=Approval,
            answer=Approved,
            statuses={200: "approved: name the supervisor in approved_by, once"},
            run=run.approve,
            session_only=True,
            names_others=True,
        ),
        Operation(
            method="POST",
            path="/api/v1/approvals/card",
            name="approve_by_card",
            summary="Give a supervisor's card for the session's next write.",
            order=CardApproval,
            answer=Approved,
            statuses={200: "approved: name the supervisor in approved_by, once"},
            run=run.approve_by_card,
            session_only=True,
        ),
    )


class _Run:
    """Runs the operations."""

    def __init__(self, sessions: TillSessions, approvals: Approvals, cookie: SessionCookie) -> None:
        self._sessions = sessions
        self._approvals = approvals
        self._cookie = cookie

    async def sign_in(self, call: Call) -> Answer:
        token, view = await self._sessions.sign_in(call.order)
        return Answer(201, msgspec.json.encode(view), self._cookie.carrying(token))

    async def current(self, call: Call) -> Answer:
        return told(await self._sessions.view(_session(call)))

    async def sign_out(self, call: Call) -> Answer:
        ended = await self._sessions.sign_out(_session(call))
        return Answer(200, msgspec.json.encode(ended), self._cookie.clearing())

    async def lock(self, call: Call) -> Answer:
        await self._sessions.lock(_session(call))
        return told(await self._sessions.view(_session(call)))

    async def unlock(self, call: Call) -> Answer:
        return told(await self._sessions.unlock(_session(call), call.order.pin))

    async def speak(self, call: Call) -> Answer:
        return told(await self._sessions.speak(_session(call), call.order.language))

    async def approve(self, call: Call) -> Answer:
        return told(await self._approvals.give(_session(call), call.order))

    async def approve_by_card(self, call: Call) -> Answer:
        return told(await self._approvals.give_by_card(_session(call), call.order))


def _session(call: Call) -> bytes:
    if call.caller.session is None:
        raise ProblemError(404, "no_session", "an API key has no session")
    return call.caller.session
