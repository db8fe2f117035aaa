"""What comes back from head office, or from what stands in its place: strict, few typed errors."""

import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NamedTuple, Protocol, TypeVar

import aiohttp
import msgspec
from msgspec import Struct

from agent.base.clock import Clock
from sync.errors import (
    FencedError,
    HelloNeededError,
    HqError,
    RejectedError,
    ServerFailedError,
    ThrottledError,
    TooLargeError,
    TransportFailedError,
    UpgradeNeededError,
)
from sync.protocol.snapshots import SNAPSHOT_TYPE
from sync.retry import retry_after_ms
from sync.store_key import Proof

GZIP_WINDOW = 16 + zlib.MAX_WBITS
MAX_DETAIL_CHARS = 200
"""So much of an error's text is kept."""
JSON = "application/json"

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Decoder(Protocol[T_co]):
    """Reads an answer, or raises one of _UNREADABLE."""

    def decode(self, data: bytes, /) -> T_co: ...


class Bytes:
    """Takes an answer as it is."""

    def decode(self, data: bytes, /) -> bytes:
        return data


class _Problem(Struct, frozen=True):
    """What we read of an RFC 9457 body."""

    code: str = ""
    detail: str = ""


class Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes
    proof: Proof
    """Of the request that it answers."""
    is_hqs: bool
    """HQ has signed it, and as the answer to this request."""
    is_strangers: bool = False
    """It is signed by a key that this store does not know."""

    @property
    def refuses_key(self) -> bool:
        """HQ does not take the key by which the request was signed."""
        return self.is_hqs and self.status in (401, 403) and self._problem().code in _KEY_REFUSED

    @property
    def wants_another_signature(self) -> bool:
        """HQ refused the request for its time alone, and told its own; or aiohttp had sent it
        again by itself, as it does on a connection that was closed meanwhile."""
        return self.is_hqs and self.status == 401 and self._problem().code in _ONCE_MORE

    def raise_for_status(self, clock: Clock) -> None:
        """Raise the error that the status says, none for 200."""
        if self.status == 200:
            if not self.is_hqs:
                raise self._somebody_elses()
            return
        problem = self._problem()
        code, detail = problem.code or f"http_{self.status}", problem.detail[:MAX_DETAIL_CHARS]
        if self.status in (429, 503):
            asked = retry_after_ms(self.headers.get("Retry-After"), clock.wall())
            raise ThrottledError(code, detail, retry_after_ms=asked)
        if self.status < 500 and self.status != 413 and not self.is_hqs:
            raise self._somebody_elses()
        if self.status == 403 and problem.code in _FENCED:
            raise FencedError(code, detail)
        if self.status >= 500:
            raise ServerFailedError(code, detail)
        if self.status < 400:  # HQ says 200; a redirect is somebody else's
            raise TransportFailedError(code, detail)
        if not problem.code and self.status != 413:  # a firewall's or portal's page
            raise TransportFailedError(code, detail)
        raise _REFUSALS.get(self.status, RejectedError)(code, detail)

    def _somebody_elses(self) -> TransportFailedError:
        """Of a firewall, a hotel's log-in page, a proxy: HQ's word is signed."""
        kind = self._content_type() or "no content type"
        code = "answer_not_signed" if kind in _HQS_TYPES else "not_hq"
        return TransportFailedError(code, f"{self.status} {kind}, not signed by head office")

    def decoded(self, decoder: Decoder[T], content_type: str, max_bytes: int) -> T:
        """The answer, decompressed."""
        if self._content_type() != content_type:
            code = "not_json" if content_type == JSON else "not_a_page"
            raise TransportFailedError(code, f"the answer is {self._content_type()!r}")
        try:
            return decoder.decode(self._plain(max_bytes))
        except _UNREADABLE as error:
            raise TransportFailedError("answer_malformed", str(error)[:MAX_DETAIL_CHARS]) from None

    def _plain(self, max_bytes: int) -> bytes:
        if self.headers.get("Content-Encoding", "identity").lower() != "gzip":
            return self.body
        inflater = zlib.decompressobj(GZIP_WINDOW)
        try:
            plain = inflater.decompress(self.body, max_bytes + 1)
        except zlib.error as error:
            raise TransportFailedError("answer_malformed", str(error)) from None
        if len(plain) > max_bytes:
            raise TransportFailedError("answer_too_large", f"more than {max_bytes} bytes")
        return plain

    def _problem(self) -> _Problem:
        if self._content_type() != "application/problem+json":
            return _Problem()
        try:
            problem = _problem.decode(self.body)
        except _UNREADABLE:
            return _Problem()
        return problem if _CODE.fullmatch(problem.code) else _Problem()

    def _content_type(self) -> str:
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()[:64]


_REFUSALS: Final[Mapping[int, type[HqError]]] = {
    409: HelloNeededError,
    410: HelloNeededError,
    413: TooLargeError,
    426: UpgradeNeededError,
}
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are not the message; the last for a body nested too deep."""
_FENCED = ("fenced", "key_renewed")
_KEY_REFUSED = ("signature_wrong", "key_renewed")
_ONCE_MORE = ("clock_differs", "request_replayed")
_HQS_TYPES = (JSON, "application/problem+json", SNAPSHOT_TYPE)
_CODE = re.compile(r"[a-z0-9_]{1,64}")
_problem = msgspec.json.Decoder(_Problem)


@contextmanager
def told_apart(base: str) -> Iterator[None]:
    """Raise TransportFailedError for whatever the line does."""
    try:
        yield
    except aiohttp.ConnectionTimeoutError:
        raise TransportFailedError("not_reached", f"no connection to {base} in time") from None
    except TimeoutError:
        raise TransportFailedError("timeout", base) from None
    except aiohttp.ClientSSLError as error:
        raise TransportFailedError("tls_failed", str(error)[:MAX_DETAIL_CHARS]) from None
    except (aiohttp.ClientConnectorError, ConnectionRefusedError) as error:
        raise TransportFailedError("not_reached", str(error)[:MAX_DETAIL_CHARS]) from None
    except (aiohttp.ClientError, OSError) as error:
        detail = f"{base}: {type(error).__name__}: {error}"[:MAX_DETAIL_CHARS]
        raise TransportFailedError("broken_off", detail) from None


async def read(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        chunks.append(chunk)
        size += len(chunk)
        if size > max_bytes:
            raise TransportFailedError("answer_too_large", f"more than {max_bytes} bytes")
    return b"".join(chunks)
