"""Requests that can't be carried out; each has a stable code for integrators."""

from typing import Any

from agent.domain.outcome import Sentence


class RequestError(Exception):
    """Base: the request is understood and can't be carried out as it stands."""

    code = "request"
    status = 422
    retry_after_s: int | None = None
    """When another try makes sense."""

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.extra = extra


class UnknownArticleError(RequestError):
    """A line names an article without a price, and HQ never sent one."""

    code = "unknown_article"


class NoSuchArticleError(UnknownArticleError):
    """HQ never told of the article asked about."""

    status = 404


class UnknownMemberError(RequestError):
    """The member is not known in this store."""

    code = "unknown_member"


class TendersMismatchError(RequestError):
    """The tenders do not add up to what is payable."""

    code = "tenders_do_not_match"


class GivenWithoutCashError(RequestError):
    """Something was handed over for a tender that is not cash, or when money was given back."""

    code = "given_without_cash"


class GivenTooLittleError(RequestError):
    """The cash handed over is less than what it is to pay."""

    code = "given_too_little"


class AmountTooLargeError(RequestError):
    """The sum of the basket is beyond what one sale may be."""

    code = "amount_too_large"


class UnknownRedemptionError(RequestError):
    """No such redemption was made in this store."""

    code = "unknown_redemption"
    status = 404


class UnknownSaleError(RequestError):
    """No such sale was made in this store."""

    code = "unknown_sale"
    status = 404


class PastRetentionError(RequestError):
    """The event was deleted here: confirmed, backed up and past its retention."""

    code = "past_retention"
    status = 409


class NothingLeftError(RequestError):
    """Everything of this sale was given back before."""

    code = "nothing_left_to_refund"
    status = 409


class PiecesNotLeftError(RequestError):
    """More pieces are to come back than are left of that line of the sale."""

    code = "pieces_not_left"
    status = 409


class LineNamedTwiceError(RequestError):
    """A line of the sale is named twice in one refund."""

    code = "line_named_twice"


class ShiftOpenError(RequestError):
    """The till has an open shift; close it before opening another."""

    code = "shift_already_open"
    status = 409


class UnknownShiftError(RequestError):
    """No such shift was opened in this store."""

    code = "unknown_shift"
    status = 404


class ShiftClosedError(RequestError):
    """The shift was closed before."""

    code = "shift_closed"
    status = 409


class OtherTillsShiftError(RequestError):
    """The shift is another till's."""

    code = "shift_of_other_till"
    status = 409


class NothingMovedError(RequestError):
    """Cash of 0 fen was to be moved."""

    code = "nothing_moved"


class BelongsToSaleError(RequestError):
    """The redemption is part of a sale, whose sum it made: refund the sale instead."""

    code = "redemption_belongs_to_sale"
    status = 409


class AlreadyReversedError(RequestError):
    """The redemption was taken back before."""

    code = "already_reversed"
    status = 409


class UnusableCodeError(RequestError):
    """What was scanned can't be a code; `code` says why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


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


class BasketEmptyError(RequestError):
    """There is nothing in the till's basket to be held."""

    code = "basket_empty"
    status = 409


class BasketNotEmptyError(RequestError):
    """The till's basket holds something; sell, hold or clear it before recalling another."""

    code = "basket_not_empty"
    status = 409


class BasketChangedError(RequestError):
    """The till's basket is not the one any more that the order was made from."""

    code = "basket_changed"
    status = 409


class NotHeldError(RequestError):
    """No such basket is held: it was recalled or discarded, or never was."""

    code = "not_held"
    status = 404


class TooManyHeldError(RequestError):
    """No more baskets can be held; recall or discard some."""

    code = "too_many_held"
    status = 409


class NoPrinterError(RequestError):
    """No printer is set for this till."""

    code = "no_printer"
    status = 409


class PrintQueueFullError(RequestError):
    """Too many papers wait for the printer; copies have to wait, receipts of sales don't."""

    code = "print_queue_full"
    status = 409


class UnknownReceiptError(RequestError):
    """No sale, refund or closed shift of this store has this id."""

    code = "unknown_receipt"
    status = 404


class UnknownPrintJobError(RequestError):
    """There is no such job in the print spool."""

    code = "unknown_print_job"
    status = 404


class PrintJobSettledError(RequestError):
    """Whether the job is on paper is no question, or not any more."""

    code = "print_job_settled"
    status = 409
