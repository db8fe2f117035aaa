"""docs/protocol-vectors.json is true of this code, and in the eyes of libraries not ours."""

import base64
import hashlib
import json
from typing import Any

import cbor2
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tests.protocol.vectors import FILE, text_of_file

VECTORS: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
KEYS = {key["kid"]: {**key, "name": name} for name, key in VECTORS["keys"].items()}
CODES = {code["name"]: code for code in VECTORS["tokens"]["codes"]}


def test_the_file_is_what_the_code_says() -> None:
    """Changed on purpose? Then the protocol has changed: `python -m tests.protocol.vectors`."""
    assert FILE.read_text("utf-8") == text_of_file()


# From here on nothing of ours is used


def cose_of(code: str) -> list[Any]:
    """The COSE_Sign1 in a token, which begins HQ1."""
    body = code.upper()[3:]
    parts: list[Any] = cbor2.loads(base64.b32decode(body + "=" * (-len(body) % 8)))
    return parts


def signer_of(cose: list[Any]) -> str | None:
    """The name of the key whose signature fits (RFC 9052 §4.4); None if that of its kid doesn't."""
    protected, unprotected, payload, signature = cose
    header = cbor2.loads(protected)
    assert (header[1], unprotected) == (-8, {})
    signed = cbor2.dumps(["Signature1", protected, b"", payload])
    public = bytes.fromhex(KEYS[header[4].hex()]["public"])
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, signed)
    except InvalidSignature:
        return None
    return str(KEYS[header[4].hex()]["name"])


@pytest.mark.parametrize("key", VECTORS["keys"].values())
def test_keys_and_their_ids(key: dict[str, str]) -> None:
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key["private"]))
    assert private.public_key().public_bytes_raw().hex() == key["public"]
    assert hashlib.sha256(bytes.fromhex(key["public"])).hexdigest()[:8] == key["kid"]


@pytest.mark.parametrize("name", [name for name, code in CODES.items() if "claims" in code])
def test_codes_that_are_believed(name: str) -> None:
    vector = CODES[name]
    cose = cose_of(vector["code"])
    assert signer_of(cose) == "token"
    assert cose[2].hex() == vector["cwt"]
    cwt, said = cbor2.loads(cose[2]), vector["claims"]
    assert cwt[7].hex() == said["code_id"]
    assert (cwt[5] * 1000, cwt[4] * 1000) == (said["not_before"], said["expires"])
    assert (cwt.get(3), cwt[-1]) == (said["store"], said["kind"])
    assert (cwt.get(-2, 0), cwt.get(-3, 0)) == (said["campaign"], said["index"])
    assert (cwt[-4].hex() if -4 in cwt else None) == said["member"]
    assert cwt.get(-5, 1) == said["channel"]


def test_codes_that_are_refused() -> None:
    signers = {
        name: signer_of(cose_of(CODES[name]["code"]))
        for name in ("one bit changed", "signed, but aud is null", "by a revoked key")
    }
    assert signers == {
        "one bit changed": None,
        "signed, but aud is null": "token",
        "by a revoked key": "revoked",
    }
    good = cose_of(CODES["a coupon with every claim"]["code"])
    assert cose_of(CODES["a spare bit set"]["code"]) == good
    assert CODES["padded"]["code"].endswith("=")
    assert {name: code["refused"] for name, code in CODES.items() if "refused" in code} == {
        "one bit changed": "bad_signature",
        "a spare bit set": "bad_signature",
        "padded": "bad_signature",
        "cut short": "bad_signature",
        "signed, but aud is null": "bad_signature",
        "by a revoked key": "unknown_key",
        "by a key that is not in the set": "unknown_key",
        "a payment code of WeChat": "payment_code",
        "anything else": "unknown_code",
    }


@pytest.mark.parametrize("document", VECTORS["documents"])
def test_documents_are_signed_by_the_root(document: dict[str, str]) -> None:
    cose = cbor2.loads(bytes.fromhex(document["cose"]))
    assert signer_of(cose) == "root"
    assert cose[2].decode() == document["payload"]
    assert set(json.loads(document["payload"])) == {"document", "kind"}


def plainly(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@pytest.mark.parametrize("vector", VECTORS["canonical_json"])
def test_canonical_json(vector: dict[str, Any]) -> None:
    assert plainly(vector["value"]) == vector["text"]


def test_the_journal_follows_event_by_event() -> None:
    before = "00" * 32
    for seq, event in enumerate(VECTORS["journal"]["events"], 1):
        fields = json.loads(event["line"])
        assert (fields["seq"], fields["prev_hash"]) == (seq, before)
        assert plainly(fields) == event["line"]
        tagged = b"store-journal-v1\n" + event["line"].encode()
        assert hashlib.sha256(tagged).hexdigest() == event["hash"]
        before = event["hash"]


def test_the_closing_is_signed_over_its_report() -> None:
    closed = json.loads(VECTORS["journal"]["events"][-1]["line"])["body"]
    signed = b"store-agent/closing/1\0" + plainly(closed["report"]).encode()
    signer = Ed25519PublicKey.from_public_bytes(bytes.fromhex(closed["signer"]))
    signer.verify(bytes.fromhex(closed["signature"]), signed)
    with pytest.raises(InvalidSignature):
        signer.verify(bytes.fromhex(closed["signature"]), signed + b" ")


def test_the_journal_has_an_example_of_every_kind() -> None:
    kinds = {json.loads(event["line"])["kind"] for event in VECTORS["journal"]["events"]}
    assert kinds == {
        *("sale.recorded", "sale.refunded", "coupon.redeemed", "redemption.reversed"),
        *("shift.opened", "cash.moved", "drawer.opened", "shift.closed"),
    }


def test_the_batch_is_its_head_and_the_lines_each_ended() -> None:
    head, *lines, end = VECTORS["journal"]["batch"].split("\n")
    events = VECTORS["journal"]["events"]
    assert lines == [event["line"] for event in events]
    assert end == ""
    assert json.loads(head) == {
        "epoch": 1,
        "first_seq": 1,
        "last_seq": len(events),
        "prev_hash": "00" * 32,
    }


def test_each_answer_to_hello_has_its_example() -> None:
    actions = {vector["answer"]["action"] for vector in VECTORS["hello"]}
    assert actions == {
        *("continue", "resend_from", "walk_back", "new_epoch", "reseed", "fenced", "upgrade")
    }
