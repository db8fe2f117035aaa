"""docs/protocol-vectors.json: examples for whoever writes another store or another head office.

`python -m tests.protocol.vectors` writes the file; test_vectors.py keeps it true.
"""

import json
from pathlib import Path
from typing import Any

import cbor2
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.base.clock import DAY_MS, Millis
from agent.base.strict_json import canonical
from agent.domain.cash.closing import sign_closing
from agent.domain.cash.events import CashMoved, DrawerOpened, ShiftOpened
from agent.domain.cash.tally import Count, Happened, ShiftFacts, report_of, tally
from agent.domain.coupons.decision import Decision, authenticate
from agent.domain.coupons.events import CouponRedeemed, Redemption, RedemptionReversed
from agent.domain.coupons.token import Claims, TokenKind
from agent.domain.line.chain import GENESIS, Envelope, line_hash, line_of
from agent.domain.line.events import EventBody, EventKind
from agent.domain.refunds.events import FreedCoupon, RefundedLine, SaleRefunded
from agent.domain.selling.events import SaleRecorded, Tender, TenderKind
from agent.domain.trust.cose import Sign1, sign1
from agent.domain.trust.document import sign_document
from agent.domain.trust.keys import KeyRing
from sync.protocol.batch import encode_batch
from sync.protocol.messages import BatchHead, Hello
from sync.protocol.position import ORIGIN, Offer, StorePosition, decide_hello
from tests.domain.factories import (
    COUPON,
    FULL_CLAIMS,
    MEMBER,
    NOW,
    OTHER_COUPON,
    POLICY,
    ROOT_KEY,
    STORE,
    STRANGER_KEY,
    TOKEN_KEY,
    claims,
    key_set,
    kid,
    line,
    raw,
    raw_public,
    signing_key,
    text_of,
    token,
)
from tests.protocol.places import hello, point, position

FILE = Path(__file__).parents[2] / "docs" / "protocol-vectors.json"

ABOUT = (
    "Examples for docs/protocol.md. The private keys are those of RFC 8032 section 7.1, known to "
    "everybody: never use them. Bytes are hex, instants Unix milliseconds."
)

KEYS = key_set(signing_key(TOKEN_KEY), signing_key(STRANGER_KEY, revoked=True), version=1)


def vectors() -> dict[str, Any]:
    """Return the content of the file, made by the code that it is to describe."""
    return {
        "about": ABOUT,
        "keys": {"token": _key(TOKEN_KEY), "revoked": _key(STRANGER_KEY), "root": _key(ROOT_KEY)},
        "documents": [_document(KEYS), _document(POLICY)],
        "tokens": {"now": NOW, "key_set": msgspec.to_builtins(KEYS), "codes": list(_codes())},
        "canonical_json": [
            {"value": value, "text": canonical(value).decode()} for value in _VALUES
        ],
        "journal": _journal(),
        "hello": [_hello(name, said, stands) for name, said, stands in _HELLOS],
    }


def text_of_file() -> str:
    """Return the file as it must stand."""
    return json.dumps(vectors(), indent=1, ensure_ascii=False) + "\n"


def _key(key: Ed25519PrivateKey) -> dict[str, str]:
    return {
        "private": key.private_bytes_raw().hex(),
        "public": raw_public(key).hex(),
        "kid": kid(key).hex(),
    }


def _document(document: Any) -> dict[str, Any]:
    data = sign_document(document, root=ROOT_KEY)
    return {"payload": Sign1(data).payload.decode(), "cose": data.hex()}


# Codes


def _codes() -> list[dict[str, Any]]:
    good = token(FULL_CLAIMS)
    altered = bytearray(raw(good))
    altered[40] ^= 1
    null_aud = {3: None, 4: FULL_CLAIMS.expires // 1000, 5: 0, 7: bytes.fromhex(COUPON), -1: 1}
    return [
        _code("a coupon with every claim", good),
        _code("the same from a scanner under Caps Lock", good.lower()),
        _code("a chain-wide coupon", token(claims(store=None))),
        _code("a member's code", token(_member_code())),
        _code("one bit changed", text_of(bytes(altered))),
        _code("a spare bit set", good[:-1] + _next_letter(good[-1])),
        _code("padded", good + "=" * (-(len(good) - 3) % 8)),
        _code("cut short", good[:-1]),
        _code("signed, but aud is null", text_of(_signed(cbor2.dumps(null_aud)))),
        _code("by a revoked key", token(FULL_CLAIMS, STRANGER_KEY)),
        _code("by a key that is not in the set", token(FULL_CLAIMS, ROOT_KEY)),
        _code("a payment code of WeChat", "134567890123456789"),
        _code("anything else", "SPRING-2026"),
    ]


def _code(name: str, code: str) -> dict[str, Any]:
    believed = authenticate(code, keys=KeyRing(KEYS), now=NOW)
    if isinstance(believed, Decision):
        return {"name": name, "code": code, "refused": str(believed.reason)}
    cwt = Sign1(raw(code.upper())).payload
    return {"name": name, "code": code, "cwt": cwt.hex(), "claims": msgspec.to_builtins(believed)}


def _member_code() -> Claims:
    return Claims(
        code_id=MEMBER,
        kind=TokenKind.MEMBER,
        not_before=NOW,
        expires=Millis(NOW + DAY_MS),
    )


def _signed(payload: bytes) -> bytes:
    return sign1(payload, kid=kid(TOKEN_KEY), key=TOKEN_KEY)


def _next_letter(letter: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return alphabet[alphabet.index(letter) + 1]


# Canonical JSON

_VALUES: list[Any] = [
    {"b": [1, None, True], "a": {"d": 0, "c": -1}},
    {"zh": "满30减5", "quote": '"\\/', "control": "\x00\t\n\x1f\x7f", "line": "\u2028"},
    [9007199254740991, -9007199254740991, "", [], {}],
]


# A journal


def _journal() -> dict[str, Any]:
    lines: list[bytes] = []
    hashes = [GENESIS.hex()]
    for seq, (kind, body) in enumerate(_EVENTS, 1):
        lines.append(line_of(_envelope(seq, kind, body, hashes[-1])))
        hashes.append(line_hash(lines[-1]).hex())
    head = BatchHead(epoch=1, first_seq=1, last_seq=len(lines), prev_hash=hashes[0])
    return {
        "events": [
            {"line": text.decode(), "hash": digest}
            for text, digest in zip(lines, hashes[1:], strict=True)
        ],
        "batch": encode_batch(head, lines).decode(),
    }


def _envelope(seq: int, kind: EventKind, body: EventBody, prev_hash: str) -> Envelope:
    return Envelope(
        body=msgspec.Raw(canonical(body)),
        business_date="2026-02-02",
        cashier="C1",
        event_id=f"019c1c00-5400-7000-8000-{seq:012x}",
        kind=kind,
        occurred_at=Millis(NOW + seq * 1_000),
        prev_hash=prev_hash,
        seq=seq,
        store=STORE,
        till="T1",
    )


def _redemption(number: int, coupon_id: str, *, bound: bool) -> Redemption:
    return Redemption(
        redemption_id=f"019c1c00-5401-7000-8000-{number:012x}",
        coupon_id=coupon_id,
        campaign=1,
        discount_fen=500,
        at_risk=not bound,
        bound=bound,
        policy_version=POLICY.version,
    )


_ALONE = _redemption(1, COUPON, bound=True)
_SALE = SaleRecorded(
    sale_id="019c1c00-5402-7000-8000-000000000001",
    receipt_no=1,
    lines=(line("RICE-5KG", 6_000), line("COLA-330", 700, 2)),
    redemptions=(_redemption(2, OTHER_COUPON, bound=False),),
    tenders=(
        Tender(kind=TenderKind.CASH, amount_fen=5_000, given_fen=5_100),
        Tender(kind=TenderKind.WECHAT, amount_fen=1_200),
    ),
    total_fen=6_700,
    discount_fen=500,
    payable_fen=6_200,
    points_earned=62,
    member_id=MEMBER,
)
_REFUND = SaleRefunded(
    refund_id="019c1c00-5403-7000-8000-000000000001",
    sale_id=_SALE.sale_id,
    receipt_no=2,
    lines=(
        RefundedLine(place=0, sku="RICE-5KG", quantity=1, amount_fen=5_552),
        RefundedLine(place=1, sku="COLA-330", quantity=2, amount_fen=648),
    ),
    tenders=(
        Tender(kind=TenderKind.CASH, amount_fen=5_000),
        Tender(kind=TenderKind.WECHAT, amount_fen=1_200),
    ),
    refunded_fen=6_200,
    points_back=62,
    freed=(FreedCoupon(redemption_id=_SALE.redemptions[0].redemption_id, coupon_id=OTHER_COUPON),),
    why="包装破损",
    member_id=MEMBER,
    approved_by="S1",
)
_SHIFT = ShiftOpened(shift_id="019c1c00-5404-7000-8000-000000000001", z_no=1, float_fen=50_000)
_IN_SHIFT: list[tuple[EventKind, EventBody]] = [
    (EventKind.SALE_RECORDED, _SALE),
    (EventKind.SALE_REFUNDED, _REFUND),
    (
        EventKind.CASH_MOVED,
        CashMoved(shift_id=_SHIFT.shift_id, amount_fen=-20_000, why="存银行"),
    ),
    (
        EventKind.DRAWER_OPENED,
        DrawerOpened(shift_id=_SHIFT.shift_id, why="换零", approved_by="S1"),
    ),
]


def _closing(opened_seq: int) -> EventBody:
    """The closing of the shift whose events are _IN_SHIFT, ten fen short."""
    facts = ShiftFacts(
        store=STORE,
        till="T1",
        shift_id=_SHIFT.shift_id,
        z_no=_SHIFT.z_no,
        opened_at=Millis(NOW + opened_seq * 1_000),
        opened_by="C1",
        from_seq=opened_seq,
        float_fen=_SHIFT.float_fen,
    )
    through_seq = opened_seq + len(_IN_SHIFT)
    closed_at = Millis(NOW + (through_seq + 1) * 1_000)
    count = Count(closed_at=closed_at, closed_by="C1", counted_fen=29_990)
    figures = tally(Happened(cashier="C1", body=body) for _, body in _IN_SHIFT)
    return sign_closing(
        report_of(facts, figures, through_seq=through_seq, count=count), STRANGER_KEY
    )


_EVENTS: list[tuple[EventKind, EventBody]] = [
    (
        EventKind.COUPON_REDEEMED,
        CouponRedeemed(redemption=_ALONE, order_fen=3_000, order_ref="POS-17"),
    ),
    (
        EventKind.REDEMPTION_REVERSED,
        RedemptionReversed(redemption_id=_ALONE.redemption_id, coupon_id=COUPON, why="顾客改主意"),
    ),
    (EventKind.SHIFT_OPENED, _SHIFT),
    *_IN_SHIFT,
    (EventKind.SHIFT_CLOSED, _closing(3)),
]


# Hello

_FREE = None
_HELLOS: list[tuple[str, Hello, StorePosition]] = [
    (
        "a new store",
        hello(0, epoch=0, hq_epoch=""),
        position(0, epoch=0, install_id=_FREE),
    ),
    ("the answer to it was lost", hello(0, epoch=0, hq_epoch=""), position(0, epoch=1)),
    ("nothing new", hello(10), position(10)),
    ("the store has more", hello(12, acked_seq=10), position(10)),
    ("HQ was restored", hello(12), position(10)),
    ("the store's disk was set back", hello(7), position(10)),
    (
        "its answer was lost: the same epoch is offered again",
        hello(7),
        position(10, offers={4: Offer(base=point(7), is_void=False)}),
    ),
    (
        "a disk that was set back goes on in the epoch that it was offered",
        hello(9, "b", epoch=4, acked_seq=7),
        position(10, offers={4: Offer(base=point(5), is_void=False)}),
    ),
    (
        "HQ has received something else since: it was a copy",
        hello(7, epoch=4),
        position(11, offers={4: Offer(base=point(7), is_void=True)}),
    ),
    ("the journals differ", hello(10, "b"), position(10)),
    (
        "and this is the trail",
        hello(10, "b", trail=(point(10, "b"), point(7, "b"), point(4), ORIGIN)),
        position(10),
    ),
    ("an older copy of the disk", hello(8, epoch=2), position(10)),
    ("another machine", hello(10, install_id="install-2"), position(10)),
    ("another incarnation of HQ's database", hello(10, hq_epoch="hq-0"), position(10)),
    ("another protocol", hello(10, protocol=0), position(10)),
    ("the old disk in a new machine", hello(12), position(10, install_id=_FREE)),
]


def _hello(name: str, said: Hello, stands: StorePosition) -> dict[str, Any]:
    asked = sorted({said.last_seq, *(place.seq for place in said.trail)})
    held = {seq: point(seq).hash for seq in asked if seq <= stands.accepted.seq}
    decision = decide_hello(said, stands, held.get)
    return {
        "name": name,
        "hello": msgspec.to_builtins(said),
        "hq": {
            **msgspec.to_builtins(stands),
            "hashes": {str(seq): digest for seq, digest in held.items()},
        },
        "answer": {
            "action": str(decision.action),
            "epoch": decision.epoch,
            "accepted": msgspec.to_builtins(decision.accepted),
        },
    }


if __name__ == "__main__":
    FILE.write_text(text_of_file(), encoding="utf-8")
