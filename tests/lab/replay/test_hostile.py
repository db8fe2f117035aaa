"""Hostile scans: the reason that is expected of a till is the one that the rules give."""

from collections import Counter
from datetime import date
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.base.clock import DAY_MS, Millis
from agent.domain.barcodes.article_code import read_barcode
from agent.domain.barcodes.symbology import Carrier
from agent.domain.coupons.codes import clean, is_payment_code
from agent.domain.coupons.decision import Decision, authenticate
from agent.domain.coupons.token import Claims, TokenKind, encode_token
from agent.domain.outcome import Reason
from agent.domain.trust.keys import KeyRing, KeySet, SigningKey, kid_of
from tests.lab.replay.hostile import Forger, Hostile

NOW = Millis(1_800_000_000_000)
TODAY = date(2027, 1, 15)
KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes_raw()
RING = KeyRing(
    KeySet(
        version=1,
        keys=(
            SigningKey(
                kid=kid_of(PUBLIC).hex(),
                public_key=PUBLIC.hex(),
                not_before=Millis(0),
                not_after=Millis(2 * NOW),
            ),
        ),
    )
)
TOKEN = encode_token(
    Claims(
        code_id="0123456789abcdef01234567",
        kind=TokenKind.COUPON,
        not_before=Millis(NOW - DAY_MS),
        expires=Millis(NOW + DAY_MS),
        store="MB001",
        campaign=12,
    ),
    kid=kid_of(PUBLIC),
    key=KEY,
)
FORGER = Forger(store="MB001", now=NOW, key=Ed25519PrivateKey.generate(), issued={})
FORGED = [Hostile.BIT_CHANGED, Hostile.UNKNOWN_KEY, Hostile.PAYMENT_CODE, Hostile.NOISE]


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_code_is_refused_with_the_reason_that_is_expected(kind: Hostile) -> None:
    reasons: Counter[Reason] = Counter()
    for seed in range(500):
        code, reason = FORGER.attempt(kind, TOKEN, draw=Random(seed))
        verdict = authenticate(clean(code), keys=RING, now=NOW)
        assert isinstance(verdict, Decision)
        assert verdict.reason is reason, code
        money = is_payment_code(code)
        barcode = read_barcode(Carrier.UNKNOWN, code, today=TODAY, may_be_money=money)
        assert barcode.articles == ()
        reasons[reason] += 1
    changed = {Reason.BAD_SIGNATURE, Reason.UNKNOWN_KEY}
    assert reasons.keys() == (changed if kind is Hostile.BIT_CHANGED else {reason})


def test_the_coupon_that_is_scanned_twice_is_the_one_that_was_redeemed() -> None:
    attempt = FORGER.attempt(Hostile.SCANNED_TWICE, TOKEN, draw=Random(0))
    assert attempt == (TOKEN, Reason.ALREADY_USED)
