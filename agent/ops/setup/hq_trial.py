"""Trying head office before anything is written: is it reached, right, and its clock ours?"""

import asyncio
from collections.abc import Iterator, Sequence
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from agent.base.clock import MINUTE_MS, Clock, SystemClock
from agent.base.clock_steps import TOLD_FROM_MS
from agent.domain.trust.document import DocumentError, open_document
from agent.domain.trust.keys import KeySet
from agent.ops.setup.words import Words
from sync.client import BearerKey, HqClient, Timeouts
from sync.errors import HqError, TransportFailedError
from sync.link import LinkState
from sync.protocol.messages import Introduction

TIMEOUTS = Timeouts(connect_ms=3_000, total_ms=8_000)

_REACHED = Words(
    "✓ {url}:总部应答,版本 {version}", "✓ {url}: head office answers, version {version}"
)
_NOT_REACHED = Words("! {url}:连不上({why})", "! {url}: not reached ({why})")
_OLD = Words(
    "! {url}:总部版本较旧,无法事先检查密钥",
    "! {url}: head office is of an older version; the key can't be tried beforehand",
)
_KEY_REFUSED = Words(
    "✗ {url}:总部不认这个密钥({why})。总部可用 `store-hq stores new-key` 重新发一个",
    "✗ {url}: head office does not know this key ({why}); `store-hq stores new-key` makes another",
)
_OTHER_STORE = Words(
    "✗ 这个密钥属于门店 {theirs},而填写的门店是 {ours}",
    "✗ the key is that of store {theirs}, and the store given is {ours}",
)
_OTHER_ROOT = Words(
    "✗ 根公钥不是这个总部的(在总部执行 `store-hq keys root` 可看到)",
    "✗ the root key is not that of this head office (`store-hq keys root` there prints it)",
)
_SKEWED = Words(
    "! 本机时钟比总部{way} {minutes} 分钟。校时:sudo timedatectl set-ntp true",
    "! this PC's clock is {minutes} min {way} head office's: sudo timedatectl set-ntp true",
)
_AHEAD, _BEHIND = Words("快", "ahead of"), Words("慢", "behind")


class Outcome(StrEnum):
    """What came of the trial."""

    GOOD = "good"
    UNREACHED = "unreached"
    """Nobody answered; settings may be right all the same."""
    REFUSED = "refused"
    """An answer must be wrong."""


class Trial(Struct, frozen=True, kw_only=True):
    """What came of it, in words of one language."""

    outcome: Outcome
    lines: tuple[str, ...]
    store_name: str = ""
    """As head office calls the store; empty: not heard."""


def try_hq(
    urls: Sequence[str],
    *,
    key: str,
    store: str,
    root_key: str,
    language: str,
    clock: Clock | None = None,
) -> Trial:
    """Ask each address of head office who we are; nothing is noted there."""
    answers = asyncio.run(_ask_all(urls, key, clock or SystemClock()))
    heard = next((one for one in answers if isinstance(one, Introduction)), None)
    wrong = list(_wrong(heard, store, root_key, language)) if heard else []
    is_refused = any(_is_refusal(one) for one in answers)
    lines = [
        *(_told(url, one, language) for url, one in zip(urls, answers, strict=True)),
        *wrong,
        *(_skew(heard, clock or SystemClock(), language) if heard else ()),
    ]
    if wrong or is_refused:
        outcome = Outcome.REFUSED
    else:
        outcome = Outcome.GOOD if heard else Outcome.UNREACHED
    return Trial(outcome=outcome, lines=tuple(lines), store_name=heard.name if heard else "")


async def _ask_all(urls: Sequence[str], key: str, clock: Clock) -> list[Introduction | HqError]:
    return await asyncio.gather(*(_ask(url, key, clock) for url in urls))


async def _ask(url: str, key: str, clock: Clock) -> Introduction | HqError:
    client = HqClient(
        urls=[url],
        credentials=BearerKey(key),
        timeouts=TIMEOUTS,
        user_agent="store-agent/setup",
        link=LinkState(),
        clock=clock,
    )
    await client.start()
    try:
        return await client.introduction()
    except HqError as error:
        return error
    finally:
        await client.stop()


def _is_refusal(answer: Introduction | HqError) -> bool:
    """Whether HQ itself says that the key is wrong; an address that it does not know is older."""
    return isinstance(answer, HqError) and answer.code == "unauthorized"


def _told(url: str, answer: Introduction | HqError, language: str) -> str:
    if isinstance(answer, Introduction):
        return _REACHED.said(language, url=url, version=answer.app_version)
    if _is_refusal(answer):
        return _KEY_REFUSED.said(language, url=url, why=answer.detail)
    if answer.code == "not_found" and not isinstance(answer, TransportFailedError):
        return _OLD.said(language, url=url)
    return _NOT_REACHED.said(language, url=url, why=answer)


def _wrong(heard: Introduction, store: str, root_key: str, language: str) -> Iterator[str]:
    if heard.store != store:
        yield _OTHER_STORE.said(language, theirs=heard.store, ours=store)
    if heard.key_set and not _is_signed_by(heard.key_set, root_key):
        yield _OTHER_ROOT.said(language)


def _is_signed_by(document: str, root_key: str) -> bool:
    root = Ed25519PublicKey.from_public_bytes(bytes.fromhex(root_key))
    try:
        open_document(bytes.fromhex(document), KeySet, root=root)
    except (DocumentError, ValueError):
        return False
    return True


def _skew(heard: Introduction, clock: Clock, language: str) -> Iterator[str]:
    skew = clock.wall() - heard.server_time
    if abs(skew) >= TOLD_FROM_MS:
        way = (_AHEAD if skew > 0 else _BEHIND).said(language)
        yield _SKEWED.said(language, way=way, minutes=round(abs(skew) / MINUTE_MS))
