"""Exchange: how the store stands with head office, in one word, with what the cashier is told.

The one home of these words: the status, the till page, `store-agent status`, monitoring and the
doctor tell what is found here. Nothing of it stands in the way of a sale.
"""

from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from agent.domain.outcome import Sentence
from sync.uploader import UploadState

MANY_TRIES = 6
"""So many failures in a row of a head office that is reached don't pass by themselves: with the
waits between them that is minutes."""


class Exchange(StrEnum):
    """How it stands; stable for monitoring."""

    ONLINE = "online"
    """HQ takes this store's events, and tells it what is new."""
    OFFLINE = "offline"
    """HQ is not reached: events wait, and go by themselves."""
    STARTING = "starting"
    """Not yet heard from HQ since the agent's start."""
    STOPPED = "stopped"
    """The agent ends."""
    UNCONFIGURED = "unconfigured"
    """No address of HQ is set."""
    DELAYED = "delayed"
    """HQ is reached and did not take the last batch: tried again by itself."""
    FEED_FAILING = "feed_failing"
    """HQ takes events, and the change feed can't be read."""
    FEED_INCOMPLETE = "feed_incomplete"
    """HQ has not told this PC everything yet, as one that was replaced or restored."""
    NOT_TAKEN = "not_taken"
    """HQ is reached, and has not taken the events in many tries."""
    FENCED = "fenced"
    """Another machine has this store's identity: HQ takes nothing from this one."""
    KEY_MISSING = "key_missing"
    """This PC has no key for HQ."""
    REJECTED = "rejected"
    """HQ refuses this store's requests: a wrong key or address, most likely."""
    UPGRADE_NEEDED = "upgrade_needed"
    """HQ no longer speaks this program's protocol."""
    JOURNAL_PRUNED = "journal_pruned"
    """HQ lacks events that are no longer kept here."""
    STUCK = "stuck"
    """The next event can't be brought to HQ."""
    CRASHED = "crashed"
    """What sends has broken down."""


class Tone(StrEnum):
    """How it looks on a screen."""

    GOOD = "good"
    PLAIN = "plain"
    """Nothing to do, and not all well."""
    WARN = "warn"
    """It passes by itself, or costs certainty."""
    BAD = "bad"
    """Events are not taken until people do something."""


class Told(NamedTuple):
    """What is said of a state."""

    tone: Tone
    title: Sentence
    """A few words."""
    hint: Sentence
    """What to do."""


class ExchangeStatus(Struct, frozen=True, kw_only=True):
    """How the exchange with head office stands."""

    state: Exchange
    """In one word."""
    tone: Tone
    """`bad`: this store's events are not taken until people do something."""
    title: Sentence
    """In a few words."""
    hint: Sentence
    """What the cashier does about it: sell on, at any rate."""


def exchange_of(
    upload: str,
    *,
    online: bool,
    last_error: str,
    attempt: int,
    feed_error: str,
    feed_complete: bool,
) -> Exchange:
    """Return the state; what only people can end shows before what passes by itself.

    `upload`, `last_error`, `attempt`: of the uploader; `feed_error`: of the feed's last poll.
    """
    if upload == UploadState.UNCONFIGURED:
        return Exchange.UNCONFIGURED
    if last_error in _NAMED and upload != UploadState.CRASHED:
        return _NAMED[last_error]
    if upload in _ENDED:
        return _ENDED[UploadState(upload)]
    if upload == UploadState.STARTING:
        return Exchange.STARTING
    if not online:
        return Exchange.OFFLINE
    if upload == UploadState.BACKING_OFF and attempt > 1:
        return Exchange.NOT_TAKEN if attempt >= MANY_TRIES else Exchange.DELAYED
    if feed_error:
        return Exchange.FEED_FAILING
    return Exchange.ONLINE if feed_complete else Exchange.FEED_INCOMPLETE


def told(state: Exchange) -> ExchangeStatus:
    """Return what is said of `state`."""
    tone, title, hint = TOLD[state]
    return ExchangeStatus(state=state, tone=tone, title=title, hint=hint)


_NAMED = {"key_missing": Exchange.KEY_MISSING, "journal_pruned": Exchange.JOURNAL_PRUNED}
"""By the code of the failure."""
_ENDED = {
    UploadState.FENCED: Exchange.FENCED,
    UploadState.UPGRADE_NEEDED: Exchange.UPGRADE_NEEDED,
    UploadState.REJECTED: Exchange.REJECTED,
    UploadState.STUCK: Exchange.STUCK,
    UploadState.CRASHED: Exchange.CRASHED,
    UploadState.STOPPED: Exchange.STOPPED,
}
_KEPT = "照常收银，数据都在本机；"
_KEPT_EN = "go on selling, all is kept on this PC;"

TOLD: dict[Exchange, Told] = {
    Exchange.ONLINE: Told(
        Tone.GOOD, Sentence("在线", "Online"), Sentence("照常收银", "go on selling")
    ),
    Exchange.OFFLINE: Told(
        Tone.WARN,
        Sentence("断网", "Offline"),
        Sentence("照常收银，联网后自动上传", "go on selling; all goes up once the line is there"),
    ),
    Exchange.STARTING: Told(
        Tone.PLAIN, Sentence("正在连接总部", "Connecting"), Sentence("照常收银", "go on selling")
    ),
    Exchange.STOPPED: Told(
        Tone.PLAIN,
        Sentence("程序正在重启", "Restarting"),
        Sentence("请稍候", "wait a moment"),
    ),
    Exchange.UNCONFIGURED: Told(
        Tone.PLAIN,
        Sentence("未连总部", "No head office"),
        Sentence("照常收银，数据只在本机", "go on selling; all stays on this PC"),
    ),
    Exchange.DELAYED: Told(
        Tone.WARN,
        Sentence("上传推迟", "Sync delayed"),
        Sentence("照常收银，稍后自动再试", "go on selling; it is tried again by itself"),
    ),
    Exchange.FEED_FAILING: Told(
        Tone.WARN,
        Sentence("总部资料未更新", "Not updated"),
        Sentence(
            "照常收银；价格和优惠可能是旧的，一直这样请联系门店技术支持",
            "go on selling; prices and offers may be old: call store IT if it stays so",
        ),
    ),
    Exchange.FEED_INCOMPLETE: Told(
        Tone.WARN,
        Sentence("总部资料未收齐", "Not told everything"),
        Sentence(
            "照常收银；优惠券一律待总部确认",
            "go on selling; head office has to confirm each coupon",
        ),
    ),
    Exchange.NOT_TAKEN: Told(
        Tone.BAD,
        Sentence("总部没有接收", "Not synced"),
        Sentence(f"{_KEPT}请联系门店技术支持", f"{_KEPT_EN} call store IT"),
    ),
    Exchange.FENCED: Told(
        Tone.BAD,
        Sentence("总部已停止接收", "Not synced"),
        Sentence(
            "另一台电脑用了本店身份；照常收银，请联系总部",
            "another PC has this store’s identity; go on selling, call head office",
        ),
    ),
    Exchange.KEY_MISSING: Told(
        Tone.BAD,
        Sentence("尚未加入总部", "Not enrolled"),
        Sentence(f"{_KEPT}请联系门店技术支持", f"{_KEPT_EN} call store IT"),
    ),
    Exchange.REJECTED: Told(
        Tone.BAD,
        Sentence("总部拒绝接收", "Refused by head office"),
        Sentence(
            f"{_KEPT}请门店技术支持核对密钥和地址",
            f"{_KEPT_EN} store IT has to look at key and address",
        ),
    ),
    Exchange.UPGRADE_NEEDED: Told(
        Tone.BAD,
        Sentence("程序须升级", "Update needed"),
        Sentence(f"{_KEPT}请门店技术支持升级程序", f"{_KEPT_EN} store IT has to update"),
    ),
    Exchange.JOURNAL_PRUNED: Told(
        Tone.BAD,
        Sentence("总部缺本店旧记录", "Head office lacks old records"),
        Sentence(f"{_KEPT}请联系总部", f"{_KEPT_EN} call head office"),
    ),
    Exchange.STUCK: Told(
        Tone.BAD,
        Sentence("有记录传不上去", "A record can’t be sent"),
        Sentence(f"{_KEPT}请联系总部", f"{_KEPT_EN} call head office"),
    ),
    Exchange.CRASHED: Told(
        Tone.BAD,
        Sentence("上传程序停了", "Sync has stopped"),
        Sentence(f"{_KEPT}请联系门店技术支持", f"{_KEPT_EN} call store IT"),
    ),
}
