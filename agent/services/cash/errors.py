"""Requests about shifts and cash that can't be carried out."""

from agent.services.desk.errors import RequestError


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
