"""Requests about articles, baskets and sales that can't be carried out."""

from agent.services.desk.errors import RequestError


class UnknownArticleError(RequestError):
    """A line names an article without a price, and HQ never sent one."""

    code = "unknown_article"


class NoSuchArticleError(UnknownArticleError):
    """HQ never told of the article asked about."""

    status = 404


class AmountTooLargeError(RequestError):
    """The sum of the basket is beyond what one sale may be."""

    code = "amount_too_large"


class TendersMismatchError(RequestError):
    """The tenders do not add up to what is payable."""

    code = "tenders_do_not_match"


class GivenWithoutCashError(RequestError):
    """Something was handed over for a tender that is not cash, or when money was given back."""

    code = "given_without_cash"


class GivenTooLittleError(RequestError):
    """The cash handed over is less than what it is to pay."""

    code = "given_too_little"


class NoSuchLineError(RequestError):
    """Something is given by hand on a line that the basket has not."""

    code = "no_such_line"


class UnknownSaleError(RequestError):
    """No such sale was made in this store."""

    code = "unknown_sale"
    status = 404


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
