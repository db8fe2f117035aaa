"""Why a call to head office did not succeed. The type says whether to try again."""


class HqError(Exception):
    """Base; `code` is stable and shown, `detail` is for people."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class RetryableError(HqError):
    """The same may succeed later by itself."""


class TransportFailedError(RetryableError):
    """HQ was not reached, broke off, or something else than HQ answered.

    The request may have been carried out all the same.
    """


class ServerFailedError(TransportFailedError):
    """HQ, or a proxy before it, answered 5xx: it is reached, and ill."""


class ThrottledError(RetryableError):
    """HQ asks to be left alone for a while (429, 503)."""

    def __init__(self, code: str, detail: str = "", *, retry_after_ms: int | None = None) -> None:
        super().__init__(code, detail)
        self.retry_after_ms = retry_after_ms
        """None: HQ did not say how long."""


class HelloNeededError(RetryableError):
    """HQ's position is another than the request took for granted (409, 410)."""


class ContradictionError(RetryableError):
    """HQ's answer does not fit this store's journal or feed; nothing was taken from it."""


class StoreUnavailableError(RetryableError):
    """This store can't read or write its own database just now, such as with a full disk."""


class TooLargeError(RetryableError):
    """HQ does not take so much at once (413): send less."""


class FinalError(HqError):
    """It fails the same way until somebody does something about it."""


class FencedError(FinalError):
    """Another machine has this store's identity: keep selling, stop sending."""


class NotEnrolledError(FinalError):
    """This machine has no key for HQ: nobody was asked."""


class UpgradeNeededError(FinalError):
    """HQ no longer speaks this program's protocol: keep the queue (426)."""


class RejectedError(FinalError):
    """HQ refuses the request as such (other 4xx): a wrong key or address, most likely."""


class StuckError(FinalError):
    """The next event can't be brought to HQ: too large for it alone, or no longer kept here."""
