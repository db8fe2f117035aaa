"""Head office: each of its addresses by name, connection, TLS and answer; log-in pages in between.

Codes of certificate errors: X509_V_ERR_* of OpenSSL's x509_vfy.h.
"""

import time
from collections.abc import Iterator
from functools import partial
from urllib.parse import urlsplit

from msgspec import structs

from agent.base.clock import SystemClock
from agent.domain.finding import Found, Mend, Result
from agent.domain.outcome import Sentence
from agent.enrolled import credentials
from agent.ops.doctor.check import Check
from agent.ops.doctor.ground import SERVICE, Ground
from agent.ops.doctor.hq_probe import Probe, Step, probe, redirected_in_plain
from sync.enrolment_file import EnrolmentFileError, read_enrolment
from sync.transport.ways import Way, ways_of

SLOW_MS = 2_000
"""All steps together; the agent keeps its connection, so it pays this once."""
CERTIFICATE_DAYS = 14
"""So long before its end a certificate is told."""
_DAY_S = 86_400
_RESTART = Mend(command=f"systemctl restart {SERVICE}")
_TIME = Mend(command="timedatectl")
_TLS_FAILURES = {
    0: (
        Sentence("对方说的不是 TLS", "the other side speaks no TLS"),
        Sentence("核对 [hq] urls 的端口和 https。", "Look at port and https in [hq] urls."),
        (),
    ),
    9: (
        Sentence("证书还没生效", "the certificate is not valid yet"),
        Sentence("这台电脑的时钟慢了吗？", "Is this PC's clock behind?"),
        (_TIME,),
    ),
    10: (
        Sentence("证书已过期", "the certificate has ended"),
        Sentence(
            "这台电脑的时钟快了吗？不是的话，请总部更新证书。",
            "Is this PC's clock ahead? If not, head office has to renew it.",
        ),
        (_TIME,),
    ),
    62: (
        Sentence("证书是别的域名的", "the certificate is another name's"),
        Sentence("核对 [hq] urls 里的域名。", "Look at the name in [hq] urls."),
        (),
    ),
}
"""By verify_code; what is not among them is a certificate that nobody trusts."""
_UNTRUSTED: tuple[Sentence, Sentence, tuple[Mend, ...]] = (
    Sentence("签发证书的机构不被信任", "nobody whom this PC trusts signed the certificate"),
    Sentence(
        "总部有自己的根证书时，写进 [hq] ca_file；或放进 /usr/local/share/ca-certificates/ "
        "再执行命令。",
        "If head office has a root of its own, name its file in [hq] ca_file, or put it into "
        "/usr/local/share/ca-certificates/ and run the commands.",
    ),
    (Mend(command="update-ca-certificates"), _RESTART),
)
_OTHER_TIME = "clock_differs"
"""HQ has told its own time with it, by which the agent goes."""
_PORTAL_STATUS = 511
"""Network Authentication Required, RFC 6585."""


def judge(seen: Probe, *, has_key: bool, now_s: float, portal: str = "") -> Found:
    """Return what came of one address; `portal`: where plain requests to its host are sent."""
    match seen.step:
        case Step.NAME:
            return _no_name(seen)
        case Step.CONNECTION:
            return _not_reached(seen)
        case Step.TLS:
            return _portal(seen, portal) if portal else _tls_failed(seen)
        case Step.ANSWER:
            return _no_answer(seen)
        case Step.DONE:
            return _answered(seen, has_key=has_key, now_s=now_s)


def _answered(seen: Probe, *, has_key: bool, now_s: float) -> Found:
    if not seen.code:
        return _somebody_else(seen)
    if seen.status == 401 and has_key and seen.code != _OTHER_TIME:
        return _bad(
            seen,
            "hq_key_refused",
            "总部不认这台电脑的密钥：已被收回，或换了电脑。",
            "Head office refuses this PC's key: it was taken back, or another PC was enrolled.",
            advice=Sentence(
                "请总部执行 store-hq stores enrol 得到加入码，再执行下面的命令。",
                "Get a code from head office (store-hq stores enrol), and put it into the command.",
            ),
            mends=(Mend(command=f"{SERVICE} enroll CODE"),),
        )
    if seen.status < 500 and has_key and not seen.is_proven:
        return _bad(
            seen,
            "hq_not_proven",
            "对方像总部，但没有总部的签名：不是本店加入的那个总部，或中间有设备改了内容。",
            "What answers has not head office's signature: another one than this PC was enrolled "
            "at, or something between changes what is sent.",
            advice=Sentence(
                "核对 [hq] urls；总部换了密钥时，请总部给一个新的加入码。",
                "Look at [hq] urls; if head office has other keys now, it gives another code.",
            ),
            mends=(Mend(command=f"{SERVICE} enroll CODE"),),
        )
    if seen.status >= 500:
        return _bad(
            seen,
            "hq_unavailable",
            "总部有应答，但暂时不能工作。来网后会自动补传，收银照常。",
            "Head office answers, and can't work just now. Selling goes on; nothing is lost.",
            result=Result.WARN,
            advice=Sentence("请联系总部。", "Tell head office."),
        )
    return _reached(seen, now_s)


def _reached(seen: Probe, now_s: float) -> Found:
    ends_at = seen.certificate_ends_at
    if ends_at is not None and ends_at - now_s < CERTIFICATE_DAYS * _DAY_S:
        days = int((ends_at - now_s) / _DAY_S)
        return _bad(
            seen,
            "hq_certificate_ends",
            f"总部的证书 {days} 天后到期，到期后就连不上了。",
            f"Head office's certificate ends in {days} days; after that it can't be reached.",
            result=Result.WARN,
            advice=Sentence("请总部更新证书。", "Head office has to renew it."),
        )
    if seen.total_ms > SLOW_MS:
        return _bad(
            seen,
            "hq_slow",
            "能连上总部，但很慢。",
            "Head office is reached, and slowly.",
            result=Result.WARN,
            mends=(Mend(command=f"ping -c 5 {_host(seen)}"),),
        )
    return Found(
        code="hq_reached",
        result=Result.GOOD,
        said=Sentence("能连上总部。", "Head office is reached."),
        about=seen.url,
        seen=seen.times,
    )


def _somebody_else(seen: Probe) -> Found:
    here = urlsplit(seen.url)
    there = urlsplit(seen.location)
    if there.scheme == "https" and (here.scheme, here.hostname) == ("http", there.hostname):
        return _bad(
            seen,
            "hq_wants_https",
            "总部要求用 https。",
            "Head office wants https.",
            advice=Sentence(
                f"把 [hq] urls 里的地址改成 https://{here.netloc}。",
                f"Write https://{here.netloc} into [hq] urls.",
            ),
            mends=(_RESTART,),
        )
    if 300 <= seen.status < 400 or seen.status == _PORTAL_STATUS or _is_page(seen):
        return _portal(seen, seen.location)
    return _bad(
        seen,
        "not_hq",
        "这个地址有应答，但不是总部的系统。",
        "Something answers at this address, and it is not head office.",
        advice=Sentence("核对 [hq] urls。", "Look at [hq] urls."),
        mends=(Mend(command=f"{SERVICE} check-config"), _RESTART),
    )


def _is_page(seen: Probe) -> bool:
    return seen.status == 200 and seen.content_type == "text/html"


def _portal(seen: Probe, where: str) -> Found:
    return _bad(
        seen,
        "captive_portal",
        "网络要求先登录（网页认证），总部的地址被换成了登录页。",
        "The network wants a log-in first: its page answers in head office's place.",
        seen=f"{seen.status or ''} {seen.content_type} {where}".strip(),
        advice=Sentence(
            f"在这台电脑的浏览器里打开 http://{_host(seen)}/ 登录；或换门店自己的网络、4G。",
            f"Open http://{_host(seen)}/ in a browser of this PC and log in; or use the store's "
            "own line, or 4G.",
        ),
        mends=(Mend(command=f"curl -sI http://{_host(seen)}/"),),
    )


def _no_name(seen: Probe) -> Found:
    return _bad(
        seen,
        "no_name",
        "找不到总部的地址：域名解析（DNS）不通，或域名写错了。",
        "Head office's name is not found: DNS does not work, or the name is wrong.",
        seen=seen.error,
        advice=Sentence(
            "先看网线和路由器，再核对 [hq] urls。",
            "Look at the cable and the router, then at [hq] urls.",
        ),
        mends=(
            Mend(command=f"getent hosts {_host(seen)}"),
            Mend(command="cat /etc/resolv.conf"),
            Mend(command="systemctl restart systemd-resolved"),
        ),
    )


def _not_reached(seen: Probe) -> Found:
    return _bad(
        seen,
        "not_reached",
        "连不上总部：网络不通，或被防火墙挡住。收银照常，来网后自动补传。",
        "Head office is not reached: the network is down, or a firewall is in between. Selling "
        "goes on.",
        seen=seen.error,
        mends=(
            Mend(command="ip -brief address; ip route"),
            Mend(command=f"tracepath -n {_host(seen)}"),
        ),
    )


def _no_answer(seen: Probe) -> Found:
    return _bad(
        seen,
        "no_answer",
        "连上了，但总部没有应答。",
        "It was reached, and did not answer.",
        seen=f"{seen.times}; {seen.error}",
        advice=Sentence("核对 [hq] urls，并联系总部。", "Look at [hq] urls, and tell head office."),
    )


def _tls_failed(seen: Probe) -> Found:
    why, advice, mends = _TLS_FAILURES.get(seen.verify_code, _UNTRUSTED)
    return _bad(
        seen,
        "tls_failed",
        f"到总部的加密连接建立不了：{why.zh_cn}。",
        f"No secure connection to head office: {why.en}.",
        seen=seen.error,
        advice=advice,
        mends=mends,
    )


def _bad(
    probed: Probe,
    code: str,
    zh: str,
    en: str,
    *,
    result: Result = Result.BAD,
    seen: str = "",
    advice: Sentence | None = None,
    mends: tuple[Mend, ...] = (),
) -> Found:
    return Found(
        code=code,
        result=result,
        said=Sentence(zh, en),
        about=probed.url,
        seen=seen or f"{probed.times}; {probed.status} {probed.code}".strip(),
        advice=advice,
        mends=mends,
    )


def _host(seen: Probe) -> str:
    return urlsplit(seen.url).hostname or ""


def _look_at(way: Way, ground: Ground) -> Iterator[Found]:
    timeout_s = ground.settings.hq.connect_timeout_ms / 1000
    try:
        enrolment = read_enrolment(ground.state_dir)
    except EnrolmentFileError:  # `permissions` and `settings` tell of it
        enrolment = None
    hq = ground.settings.hq
    own = credentials(enrolment, clock=SystemClock(), root_key=hq.root_key)
    seen = probe(
        way.url,
        credentials=own,
        timeout_s=timeout_s,
        ca_file=hq.ca_file,
        interface=way.interface,
    )
    portal = ""
    if seen.step is Step.TLS:
        portal = redirected_in_plain(_host(seen), timeout_s=timeout_s)
    found = judge(seen, has_key=enrolment is not None, now_s=time.time(), portal=portal)
    yield structs.replace(found, about=way.name)


def head_office_checks(urls: tuple[str, ...], interfaces: tuple[str, ...] = ()) -> Iterator[Check]:
    """Give a check for each way, so that one that hangs hides none of the others."""
    title = Sentence("连接总部", "Line to head office")
    if not urls:
        yield Check(id="head_office", title=title, look=_no_urls)
    for place, way in enumerate(ways_of(urls, interfaces), start=1):
        name = "head_office" if place == 1 else f"head_office_{place}"
        yield Check(id=name, title=title, look=partial(_look_at, way), timeout_s=20.0)


def _no_urls(_: Ground) -> Iterator[Found]:
    yield Found(
        code="no_hq",
        result=Result.WARN,
        said=Sentence(
            "没有设置总部地址：销售只留在这台电脑上。",
            "No address of head office is set: sales stay on this PC alone.",
        ),
        advice=Sentence("在设置里填写 [hq] urls。", "Set [hq] urls."),
        mends=(_RESTART,),
    )
