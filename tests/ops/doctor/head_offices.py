"""What may answer at an address of head office, or in its place."""

import http.server
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID
from multidict import CIMultiDict

from agent.domain.trust.keys import kid_of
from sync.protocol.signatures import sign_answer, signature_of

KEY = Ed25519PrivateKey.generate()
"""By which head office signs its answers."""


class Stranger(http.server.BaseHTTPRequestHandler):
    """A web server that is none of head office's: answers each request alike."""

    status: ClassVar[int] = 404
    headers_sent: ClassVar[dict[str, str]] = {"Content-Type": "text/html"}
    body: ClassVar[bytes] = b"<html>nginx</html>"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        for name, value in {**self.headers_sent, **self.proof()}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.body)

    def proof(self) -> dict[str, str]:
        """The headers that prove the answer."""
        return {}

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Answer(Stranger):
    """Head office: it refuses the doctor's empty hello."""

    status = 400
    headers_sent: ClassVar[dict[str, str]] = {"Content-Type": "application/problem+json"}
    body = b'{"code": "hello_malformed"}'

    def proof(self) -> dict[str, str]:
        if "Signature-Input" not in self.headers:
            return {}
        asked = CIMultiDict(self.headers.items())
        return sign_answer(
            self.status,
            self.headers_sent["Content-Type"],
            self.body,
            key=KEY,
            key_id=kid_of(KEY.public_key().public_bytes_raw()).hex(),
            created_ms=int(time.time() * 1000),
            nonce=signature_of(asked).nonce,
        )


class Refusing(Answer):
    """Head office that knows the machine no more."""

    status = 401
    body = b'{"code": "key_revoked"}'


class OtherHq(Stranger):
    """What says the same as head office and has not its key."""

    status = 400
    headers_sent: ClassVar[dict[str, str]] = {"Content-Type": "application/problem+json"}
    body = b'{"code": "hello_malformed"}'


class LogInPage(Stranger):
    """A hotel's network that wants a log-in: sends everything to its page."""

    status = 302
    headers_sent: ClassVar[dict[str, str]] = {"Location": "http://login.hotel.example/?to=hq"}
    body = b""


class LogInAtOnce(Stranger):
    """One that shows its page in place of whatever was asked for."""

    status = 200
    headers_sent: ClassVar[dict[str, str]] = {"Content-Type": "text/html"}
    body = b"<html><body>Welcome</body></html>"


class Down(Answer):
    """Head office without its database."""

    status = 503
    body = b'{"code": "database_unavailable"}'


@contextmanager
def answering(kind: type[Stranger], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Give the port of 127.0.0.1 at which `kind` answers."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


class Authority:
    """Signs certificates; who trusts it has SSL_CERT_FILE set to its `file`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test root")])
        builder = _builder(self._name, self._name, self._key, timedelta(days=1), timedelta(days=9))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        self.file = directory / "root.pem"
        signed = builder.sign(self._key, hashes.SHA256())
        self.file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))

    def server(
        self, name: str, *, begun: timedelta = timedelta(hours=1), left: timedelta
    ) -> ssl.SSLContext:
        """Return TLS of a server called `name`; `begun` ago, with so much time `left`."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = _builder(subject, self._name, key, begun, left)
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        signed = builder.add_extension(names, False).sign(self._key, hashes.SHA256())
        file = self._directory / "server.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + signed.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    begun: timedelta,
    left: timedelta,
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - begun)
        .not_valid_after(now + left)
    )
