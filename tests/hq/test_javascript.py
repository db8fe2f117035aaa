"""Signatures are those of the standard: a store made in JavaScript over somebody else's library."""

import asyncio
import json
import subprocess
import time
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from yarl import URL

from agent.domain.trust.keys import kid_of
from sync.hq.enrolment import take_in
from tests.hq.head_office import HeadOffice, store_key
from tests.hq.journal import Journal

HERE = Path(__file__).parent / "javascript"
INSTALL = "a-store-in-javascript"


def hello_of(journal: Journal) -> str:
    hello = {
        "store": "MB001",
        "install_id": INSTALL,
        "epoch": 0,
        "last_seq": 0,
        "last_hash": journal.last.hash,
        "acked_seq": 0,
        "cursor": "",
        "hq_epoch": "",
        "protocol": 1,
        "app_version": "js",
        "clock": 0,
    }
    return msgspec.json.encode(hello).decode()


async def test_a_store_in_javascript_is_understood_and_understands(hq: HeadOffice) -> None:
    hq.clock.now = time.time_ns() // 10**6
    await hq.store("MB001", greeted=False)
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    await take_in(hq.db, "MB001", INSTALL, public_key=public, now=hq.clock.now)
    answers = hq.key_store.ensure_answer_key().public_key()
    own = {"Store-Install": INSTALL, "Store-Epoch": "0"}
    url = URL(f"{hq.url}/sync/v1/changes?cursor=a%20b")
    proof = store_key(key, INSTALL, hq).prove("GET", url, b"", own)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    told = {
        "url": hq.url,
        "installId": INSTALL,
        "epoch": 0,
        "key": pem,
        "answerKey": answers.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        "answerKid": kid_of(answers.public_bytes_raw()).hex(),
        "requests": [
            {"method": "POST", "path": "/sync/v1/hello", "body": hello_of(Journal("MB001"))},
            {"method": "GET", "path": "/sync/v1/changes?cursor=&limit=5"},
            {"method": "POST", "path": "/sync/v1/hello", "body": "{}"},
        ],
        "theirs": {
            "method": "GET",
            "url": str(url),
            "headers": {name.lower(): value for name, value in {**own, **proof.headers}.items()},
        },
    }

    heard = json.loads(await _node(json.dumps(told)))

    assert heard["theirs"] is True
    assert [(one["status"], one["code"], one["proven"]) for one in heard["answers"]] == [
        (200, "", True),
        (200, "", True),
        (400, "hello_malformed", True),
    ]
    assert await hq.count("store_position", f"install_id = '{INSTALL}' AND epoch = 1") == 1


async def _node(told: str) -> bytes:
    done = await asyncio.to_thread(
        subprocess.run,
        ["node", "store.cjs"],
        cwd=HERE,
        input=told.encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
