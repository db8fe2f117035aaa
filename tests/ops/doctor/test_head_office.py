"""What stands between a store and head office is told: each step that fails, by its cause."""

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.base.clock import Millis
from agent.domain.finding import Finding, Result
from agent.domain.trust.document import sign_document
from agent.domain.trust.keys import KeySet, SigningKey, kid_of
from agent.ops.doctor.checks.head_office import head_office_checks, judge
from agent.ops.doctor.hq_probe import Probe, Step, probe
from sync.store_key import NoKey
from tests.lab.enrolling import keep, of_nobody
from tests.lab.ports import free_port
from tests.ops.doctor import head_offices
from tests.ops.doctor.head_offices import Answer, Authority, answering
from tests.ops.doctor.place import STORE, findings_of, ground_of, settings_of

HOST = "localhost"
LONG = timedelta(days=90)
HOUR = timedelta(hours=1)


def looked_at(url: str, directory: Path) -> Finding:
    """The one finding on `url` of an enrolled machine."""
    root, public = Ed25519PrivateKey.generate(), head_offices.KEY.public_key().public_bytes_raw()
    key = SigningKey(
        kid=kid_of(public).hex(), public_key=public.hex(), not_before=Millis(0), not_after=Millis(1)
    )
    enrolment = msgspec.structs.replace(
        of_nobody(STORE, root_key=root.public_key().public_bytes_raw().hex()),
        key_set=sign_document(KeySet(version=1, keys=(), answer_keys=(key,)), root=root).hex(),
    )
    keep(enrolment, directory)
    hq = {"urls": [url], "connect_timeout_ms": 400}
    ground = ground_of(settings_of(directory, hq=hq))
    (check,) = head_office_checks(ground.settings.hq.urls)
    (found,) = findings_of(check, ground).values()
    assert found.about == url
    return found


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (Answer, "hq_reached"),
        (head_offices.LogInPage, "captive_portal"),
        (head_offices.LogInAtOnce, "captive_portal"),
        (head_offices.Stranger, "not_hq"),
        (head_offices.Down, "hq_unavailable"),
        (head_offices.Refusing, "hq_key_refused"),
        (head_offices.OtherHq, "hq_not_proven"),
    ],
)
def test_who_answers_is_told(tmp_path: Path, kind: type[head_offices.Stranger], code: str) -> None:
    with answering(kind) as port:
        assert looked_at(f"http://{HOST}:{port}", tmp_path).code == code


@pytest.mark.parametrize(
    ("name", "begun", "left", "trusted", "said"),
    [
        (HOST, -HOUR, LONG, True, "not valid yet"),
        (HOST, LONG, -HOUR, True, "has ended"),
        ("hotel.example", HOUR, LONG, True, "another name's"),
        (HOST, HOUR, LONG, False, "nobody whom this PC trusts"),
    ],
)
def test_a_wrong_certificate_is_told_by_what_is_wrong(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    begun: timedelta,
    left: timedelta,
    trusted: bool,
    said: str,
) -> None:
    authority = Authority(tmp_path)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with answering(Answer, authority.server(name, begun=begun, left=left)) as port:
        found = looked_at(f"https://{HOST}:{port}", tmp_path)
    assert (found.code, found.result) == ("tls_failed", Result.BAD)
    assert said in found.said.en


@pytest.mark.parametrize(("days", "code"), [(90, "hq_reached"), (5, "hq_certificate_ends")])
def test_a_good_certificate_is_told_before_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, code: str
) -> None:
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with answering(Answer, authority.server(HOST, left=timedelta(days=days))) as port:
        assert looked_at(f"https://{HOST}:{port}", tmp_path).code == code


def test_plain_http_behind_an_https_address_is_told(tmp_path: Path) -> None:
    with answering(Answer) as port:
        found = looked_at(f"https://{HOST}:{port}", tmp_path)
    assert found.code == "tls_failed"
    assert "speaks no TLS" in found.said.en


def test_a_log_in_page_with_a_certificate_of_its_own_is_one(tmp_path: Path) -> None:
    seen = Probe(url="https://hq.example.com", step=Step.TLS, verify_code=62)
    found = judge(seen, has_key=True, now_s=0, portal="http://login.hotel.example/")
    assert found.code == "captive_portal"


def test_nobody_at_the_address_and_no_such_name_are_told_apart(tmp_path: Path) -> None:
    assert looked_at(f"http://{HOST}:{free_port()}", tmp_path).code == "not_reached"
    assert looked_at("http://hq.invalid", tmp_path).code == "no_name"


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as line:
        ended = threading.Event()

        def accept() -> None:
            taken, _ = line.accept()
            with taken:
                ended.wait()

        thread = threading.Thread(target=accept)
        thread.start()
        yield line.getsockname()[1]
        ended.set()
        thread.join()


def test_one_that_accepts_and_is_silent_is_given_up(tmp_path: Path, silent: int) -> None:
    assert looked_at(f"http://127.0.0.1:{silent}", tmp_path).code == "no_answer"


def test_the_answers_clock_is_read() -> None:
    with answering(Answer) as port:
        seen = probe(f"http://127.0.0.1:{port}/base/", credentials=NoKey(), timeout_s=2.0)
    assert (seen.step, seen.status, seen.code) == (Step.DONE, 400, "hello_malformed")
    assert seen.clock_ahead_s is not None
    assert abs(seen.clock_ahead_s) < 60
