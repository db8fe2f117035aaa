"""What may answer at an address of head office, or in its place."""

import http.server
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

KEY = "hk_right"


class Answer(http.server.BaseHTTPRequestHandler):
    """Answers each request with the class's own status, headers and body."""

    status: ClassVar[int] = 400
    headers_sent: ClassVar[dict[str, str]] = {"Content-Type": "application/problem+json"}
    body: ClassVar[bytes] = b'{"code": "hello_malformed"}'

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        refused = self.headers.get("Authorization") not in (None, f"Bearer {KEY}")
        self.send_response(401 if refused else self.status)
        for name, value in self.headers_sent.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b'{"code": "unauthorized"}' if refused else self.body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class LogInPage(Answer):
    """A hotel's network that wants a log-in: sends everything to its page."""

    status = 302
    headers_sent: ClassVar[dict[str, str]] = {"Location": "http://login.hotel.example/?to=hq"}
    body = b""


class LogInAtOnce(Answer):
    """One that shows its page in place of whatever was asked for."""

    status = 200
    headers_sent: ClassVar[dict[str, str]] = {"Content-Type": "text/html"}
    body = b"<html><body>Welcome</body></html>"


class Stranger(Answer):
    """A web server that is none of head office's."""

    status = 404
    headers_sent: ClassVar[dict[str, str]] = {"Content-Type": "text/html"}
    body = b"<html>nginx</html>"


class Down(Answer):
    """Head office without its database."""

    status = 503
    body = b'{"code": "database_unavailable"}'


@contextmanager
def answering(kind: type[Answer], tls: ssl.SSLContext | None = None) -> Iterator[int]:
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
