"""A closing counts only under the signature of the key that it names, as it was signed."""

from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from agent.base.strict_json import canonical
from agent.domain.cash.closing import is_signed, sign_closing
from agent.domain.cash.events import ShiftClosed
from agent.domain.cash.tally import report_of, tally
from tests.domain.cash.shifts import SHIFT

KEY = Ed25519PrivateKey.generate()
CLOSED = sign_closing(report_of(SHIFT, tally([]), through_seq=5), KEY)


def test_a_closing_is_signed_over_tag_and_canonical_report() -> None:
    assert is_signed(CLOSED)
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(CLOSED.signer)).verify(
        bytes.fromhex(CLOSED.signature), b"store-agent/closing/1\0" + canonical(CLOSED.report)
    )


def test_the_signature_holds_after_the_wire() -> None:
    assert is_signed(msgspec.json.decode(canonical(CLOSED), type=ShiftClosed))


@pytest.mark.parametrize(
    "change",
    [
        {"report": msgspec.structs.replace(CLOSED.report, sales_fen=1)},
        {"signer": Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()},
        {"signature": "00" * 64},
        {"signature": CLOSED.signature[:-2]},
        {"signature": "no hex"},
        {"signer": ""},
        {"signer": "ff" * 32},
    ],
)
def test_a_closing_that_was_changed_is_not_signed(change: dict[str, Any]) -> None:
    assert not is_signed(msgspec.structs.replace(CLOSED, **change))
