"""One address of head office, tried step by step: name, connection, TLS, answer, each timed.

What is sent is a hello without content: head office refuses it after it has looked at the key, and
nothing changes there.
"""

import json
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct
from multidict import CIMultiDict
from yarl import URL

from agent.base.problem import CONTENT_TYPE
from sync.errors import NotEnrolledError
from sync.protocol.identity import Identity
from sync.store_key import Credentials, Proof
from sync.transport.connections import bind_to_interface
from sync.transport.tls import tls_context

MAX_BODY = 65_536
_PATH = "/sync/v1/hello"
_BODY = b"{}"
_PORTS = {"http": 80, "https": 443}


class Step(StrEnum):
    """How far it came."""

    NAME = "name"
    CONNECTION = "connection"
    TLS = "tls"
    ANSWER = "answer"
    DONE = "done"


class Probe(Struct, frozen=True, kw_only=True):
    """What came of one address."""

    url: str
    step: Step
    """The step that failed, or DONE."""
    error: str = ""
    verify_code: int = 0
    """OpenSSL's X509_V_ERR_*; 0: the certificate was not what failed."""
    address: str = ""
    """The IP address that was reached."""
    name_ms: int = 0
    connection_ms: int = 0
    tls_ms: int = 0
    answer_ms: int = 0
    certificate_ends_at: float | None = None
    """Unix seconds."""
    status: int = 0
    location: str = ""
    content_type: str = ""
    code: str = ""
    """Of head office's problem document."""
    is_proven: bool = False
    """Head office has signed the answer."""
    clock_ahead_s: float | None = None
    """How far this PC's clock is ahead of the answer's Date, which counts whole seconds."""

    @property
    def times(self) -> str:
        """The times of the steps, for people."""
        steps = {
            "DNS": self.name_ms,
            "connect": self.connection_ms,
            "TLS": self.tls_ms,
            "answer": self.answer_ms,
        }
        told = ", ".join(f"{name} {ms} ms" for name, ms in steps.items() if ms or name == "DNS")
        return f"{self.address}: {told}" if self.address else told

    @property
    def total_ms(self) -> int:
        """All steps together."""
        return self.name_ms + self.connection_ms + self.tls_ms + self.answer_ms


def probe(
    url: str,
    *,
    credentials: Credentials,
    timeout_s: float,
    ca_file: str = "",
    interface: str = "",
) -> Probe:
    """Try `url`, a base address of head office, with an empty hello that `credentials` sign, over
    `interface`, empty for the system's choice; `ca_file` has roots of HTTPS beside the system's."""
    known: dict[str, Any] = {"url": url}
    parts = urlsplit(url)
    step = Step.NAME
    try:
        with _timed(known, "name_ms"):
            found = _resolved(parts)
        step = Step.CONNECTION
        with _timed(known, "connection_ms"):
            line = _connected(found, timeout_s, interface)
        with line:
            known["address"] = line.getpeername()[0]
            step = Step.TLS
            if parts.scheme == "https":
                with _timed(known, "tls_ms"):
                    line = _secured(line, parts.hostname or "", ca_file)
                known["certificate_ends_at"] = _ends_at(line)
            step = Step.ANSWER
            with line, _timed(known, "answer_ms"):
                known |= _answer(line, parts, credentials)
    except (OSError, HTTPException, UnicodeError) as error:
        verify_code = getattr(error, "verify_code", 0)
        return Probe(**known, step=step, error=_told(error), verify_code=verify_code)
    return Probe(**known, step=Step.DONE)


def redirected_in_plain(host: str, *, timeout_s: float) -> str:
    """Return where `http://host/` is sent to on another host; empty if it is not.

    Log-in pages of networks answer every plain request so, whatever was asked for.
    """
    connection = HTTPConnection(host, 80, timeout=timeout_s)
    try:
        connection.request("GET", "/", headers={"Connection": "close"})
        location = connection.getresponse().headers.get("Location", "")
    except (OSError, HTTPException):
        return ""
    finally:
        connection.close()
    return location if urlsplit(location).hostname not in (None, host) else ""


@contextmanager
def _timed(known: dict[str, Any], name: str) -> Iterator[None]:
    begun = time.monotonic()
    try:
        yield
    finally:
        known[name] = round((time.monotonic() - begun) * 1000)


def _resolved(parts: SplitResult) -> list[tuple[int, str, int]]:
    port = parts.port or _PORTS[parts.scheme]
    found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    return [(family, str(address[0]), port) for family, _, _, _, address in found]


def _connected(
    found: list[tuple[int, str, int]], timeout_s: float, interface: str
) -> socket.socket:
    """A connection to the first of the addresses that takes one; the last one's error otherwise."""
    failed: OSError = OSError("the name has no address")
    for family, address, port in found:
        line = socket.socket(family, socket.SOCK_STREAM)
        line.settimeout(timeout_s)
        try:
            bind_to_interface(line, interface)
            line.connect((address, port))
        except OSError as error:
            line.close()
            failed = type(error)(error.errno, f"{address}: {error.strerror or error}")
        else:
            return line
    raise failed


def _secured(line: socket.socket, host: str, ca_file: str) -> ssl.SSLSocket:
    return tls_context(ca_file).wrap_socket(line, server_hostname=host)


def _ends_at(line: socket.socket) -> float | None:
    certificate = line.getpeercert() if isinstance(line, ssl.SSLSocket) else None
    ends = (certificate or {}).get("notAfter")
    return ssl.cert_time_to_seconds(ends) if isinstance(ends, str) else None


def _answer(line: socket.socket, parts: SplitResult, credentials: Credentials) -> dict[str, Any]:
    connection = HTTPConnection(parts.hostname or "", parts.port)
    connection.sock = line
    url = URL(parts.geturl().rstrip("/") + _PATH)
    proof = _proof(url, credentials)
    headers = {"Content-Type": "application/json", "Connection": "close", **proof.headers}
    headers["Host"] = url.host_port_subcomponent or ""
    connection.request("POST", url.raw_path, _BODY, headers)
    response = connection.getresponse()
    body = response.read(MAX_BODY)
    return {
        "status": response.status,
        "location": response.headers.get("Location", ""),
        "content_type": response.headers.get_content_type(),
        "code": _code(response.headers.get_content_type(), body),
        "is_proven": credentials.is_hqs(
            proof, response.status, CIMultiDict(response.headers.items()), body
        ),
        "clock_ahead_s": _clock_ahead_s(response.headers.get("Date", "")),
    }


def _proof(url: URL, credentials: Credentials) -> Proof:
    told = Identity(credentials.install_id, 0).headers()
    try:
        proof = credentials.prove("POST", url, _BODY, told)
    except NotEnrolledError:
        return Proof({}, "")
    return Proof({**told, **proof.headers}, proof.nonce)


def _code(content_type: str, body: bytes) -> str:
    if content_type != CONTENT_TYPE:
        return ""
    with suppress(ValueError):
        told = json.loads(body)
        return str(told.get("code", ""))[:64] if isinstance(told, dict) else ""
    return ""


def _clock_ahead_s(date: str) -> float | None:
    try:
        return time.time() - parsedate_to_datetime(date).timestamp() - 0.5
    except ValueError:
        return None


def _told(error: Exception) -> str:
    text = getattr(error, "verify_message", "") or getattr(error, "strerror", "") or str(error)
    return str(text) or type(error).__name__
