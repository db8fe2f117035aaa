"""Requests about papers that can't be carried out."""

from agent.services.desk.errors import RequestError


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
