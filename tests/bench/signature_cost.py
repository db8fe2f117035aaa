"""What the signatures of one batch take of a processor, both sides together: sign, digest, verify.

`python -m tests.bench.signature_cost`: request and answer of a batch of 100 kB, 500 times.
"""

import os
from statistics import median
from time import thread_time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.protocol.identity import Identity
from sync.protocol.signatures import (
    DIGEST_HEADER,
    Message,
    content_digest,
    sign_answer,
    sign_request,
    signature_of,
    verify_answer,
    verify_request,
)

ROUNDS = 500
BATCH_BYTES = 100_000
_NONCE, _AT, _JSON = "n" * 22, 1_770_000_000_000, "application/json"
_ANSWER = b"{}" * 100


def main() -> None:
    """Print the median in microseconds."""
    key, body = Ed25519PrivateKey.generate(), os.urandom(BATCH_BYTES)
    taken = []
    for _ in range(ROUNDS):
        begun = thread_time()
        _exchange(key, body)
        taken.append(thread_time() - begun)
    print(f"{median(taken) * 1e6:.0f} µs")


def _exchange(key: Ed25519PrivateKey, body: bytes) -> None:
    message = Message("POST", "hq", "/sync/v1/events", "", Identity("pc-1", 1).headers())
    told = sign_request(message, body, key=key, key_id="pc-1", created_ms=_AT, nonce=_NONCE)
    verify_request(signature_of(told), message, key.public_key(), digest=told[DIGEST_HEADER])
    content_digest(body)
    answer = sign_answer(200, _JSON, _ANSWER, key=key, key_id="hq", created_ms=_AT, nonce=_NONCE)
    verify_answer(signature_of(answer), 200, _JSON, _ANSWER, key.public_key(), nonce=_NONCE)


if __name__ == "__main__":
    main()
