"""Trying head office before anything is written: is it reached, is the code good, the clock?"""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from agent.base.clock import MINUTE_MS, Clock, SystemClock
from agent.base.clock_steps import TOLD_FROM_MS
from agent.ops.enrol.asking import ask
from agent.ops.setup.words import Words
from sync.errors import FinalError, HqError
from sync.protocol.enrolment import EnrolmentAnswer, EnrolmentCode

_REACHED = Words(
    "✓ {url}：总部应答，版本 {version}：门店 {store} {name}",
    "✓ {url}: head office answers, version {version}: store {store} {name}",
)
_NOT_REACHED = Words("! {url}：连不上（{why}）", "! {url}: not reached ({why})")
_REFUSED = Words(
    "✗ {url}：总部不接受这个加入码（{why}）。总部可用 `store-hq stores enrol` 重新给一个",
    "✗ {url}: head office refuses the code ({why}); `store-hq stores enrol` makes another",
)
_SKEWED = Words(
    "! 本机时钟比总部{way} {minutes} 分钟。校时：sudo timedatectl set-ntp true",
    "! this PC's clock is {minutes} min {way} head office's: sudo timedatectl set-ntp true",
)
_AHEAD, _BEHIND = Words("快", "ahead of"), Words("慢", "behind")


class Outcome(StrEnum):
    """What came of the trial."""

    GOOD = "good"
    UNREACHED = "unreached"
    """Nobody answered; what was given may be right all the same."""
    REFUSED = "refused"
    """The code is wrong."""


class Trial(Struct, frozen=True, kw_only=True):
    """What came of it, in words of one language."""

    outcome: Outcome
    lines: tuple[str, ...]
    told: EnrolmentAnswer | None = None
    """As what this machine would be enrolled; None: not heard."""


def try_hq(
    urls: Sequence[str],
    code: EnrolmentCode,
    *,
    language: str,
    ca_file: str = "",
    clock: Clock | None = None,
) -> Trial:
    """Ask each address what the code is for; nothing is noted there, and the code stays good."""
    key, own = Ed25519PrivateKey.generate(), clock or SystemClock()
    answers = [_ask(url, code, key, own, ca_file) for url in urls]
    told = next((one for one in answers if isinstance(one, EnrolmentAnswer)), None)
    lines = [
        *(_told(url, one, language) for url, one in zip(urls, answers, strict=True)),
        *(_skew(told, own, language) if told else ()),
    ]
    if any(isinstance(one, FinalError) for one in answers):
        outcome = Outcome.REFUSED
    else:
        outcome = Outcome.GOOD if told else Outcome.UNREACHED
    return Trial(outcome=outcome, lines=tuple(lines), told=told)


def _ask(
    url: str, code: EnrolmentCode, key: Ed25519PrivateKey, clock: Clock, ca_file: str
) -> EnrolmentAnswer | HqError:
    try:
        return ask([url], code, key=key, only_look=True, ca_file=ca_file, clock=clock)
    except HqError as error:
        return error


def _told(url: str, answer: EnrolmentAnswer | HqError, language: str) -> str:
    if isinstance(answer, EnrolmentAnswer):
        known = {"version": answer.app_version, "store": answer.store, "name": answer.name}
        return _REACHED.said(language, url=url, **known)
    words = _REFUSED if isinstance(answer, FinalError) else _NOT_REACHED
    return words.said(language, url=url, why=answer)


def _skew(told: EnrolmentAnswer, clock: Clock, language: str) -> Iterator[str]:
    skew = clock.wall() - told.server_time
    if abs(skew) >= TOLD_FROM_MS:
        way = (_AHEAD if skew > 0 else _BEHIND).said(language)
        yield _SKEWED.said(language, way=way, minutes=round(abs(skew) / MINUTE_MS))
