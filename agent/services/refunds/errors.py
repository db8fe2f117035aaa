"""Refunds that can't be carried out."""

from agent.services.desk.errors import RequestError


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
