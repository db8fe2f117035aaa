"""Requests about cashiers, PINs and sessions that can't be carried out."""

from agent.domain.outcome import Sentence
from agent.services.desk.errors import RequestError


class SignInRefusedError(RequestError):
    """No cashier has this number and PIN; which of the two is wrong is not said."""

    code = "sign_in_refused"
    status = 403

    def __init__(self, detail: str, sentence: Sentence) -> None:
        super().__init__(detail, sentence=sentence)


class PinLockedError(RequestError):
    """Too many wrong PINs for this number, or on this PC."""

    code = "pin_locked"
    status = 429

    def __init__(self, detail: str, sentence: Sentence, *, retry_after_s: int) -> None:
        super().__init__(detail, sentence=sentence, retry_after_s=retry_after_s)
        self.retry_after_s = retry_after_s


class SimplePinError(RequestError):
    """The PIN is among the first that anybody tries."""

    code = "pin_too_simple"


class CashierExistsError(RequestError):
    """The number is taken."""

    code = "cashier_exists"
    status = 409


class UnknownCashierError(RequestError):
    """No cashier has this number."""

    code = "unknown_cashier"
    status = 404


class NotSupervisorError(RequestError):
    """The PIN is right, and its cashier may not approve."""

    code = "role_needed"
    status = 403


class HigherRoleError(RequestError):
    """The number belongs to somebody with a higher role than who asks."""

    code = "role_needed"
    status = 403


class SessionEndedError(RequestError):
    """The session was signed out or replaced while this request came."""

    code = "session_ended"
    status = 401
