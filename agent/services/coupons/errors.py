"""Requests about coupons that can't be carried out."""

from agent.services.desk.errors import RequestError


class UnusableCodeError(RequestError):
    """What was scanned can't be a code; `code` says why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class UnknownMemberError(RequestError):
    """The member is not known in this store."""

    code = "unknown_member"


class UnknownRedemptionError(RequestError):
    """No such redemption was made in this store."""

    code = "unknown_redemption"
    status = 404


class AlreadyReversedError(RequestError):
    """The redemption was taken back before."""

    code = "already_reversed"
    status = 409


class BelongsToSaleError(RequestError):
    """The redemption is part of a sale, whose sum it made: refund the sale instead."""

    code = "redemption_belongs_to_sale"
    status = 409
