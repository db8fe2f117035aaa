"""Settings: mistakes that only show in use, and what this PC's browsers make of them."""

from collections.abc import Iterator

from agent.domain.finding import Found, Mend, Result
from agent.domain.outcome import Sentence
from agent.ops.device_settings import mistakes_of_devices
from agent.ops.doctor.check import Check
from agent.ops.doctor.ground import AS_AGENT, SERVICE, Ground
from agent.ops.pos_pages import notes_on_pages
from sync.enrolment_file import EnrolmentFileError, read_enrolment

_GET_A_CODE = Sentence(
    "请总部执行 store-hq stores enrol 得到加入码，再执行下面的命令。",
    "Get a code from head office (store-hq stores enrol), and put it into the command.",
)
_ENROL = (Mend(command=f"{SERVICE} enroll CODE"),)
_CHECK = Mend(command=f"{AS_AGENT} check-config")


def wrong_settings(mistakes: str) -> Found:
    """Return that the settings can't be read at all."""
    return Found(
        code="settings_wrong",
        result=Result.BAD,
        said=Sentence(
            "设置有错，代理启动不了。改正后再检查其余项目。",
            "The settings are wrong: the agent can't start. Mend them, then look at the rest.",
        ),
        seen=mistakes,
        mends=(Mend(command="store-agent check-config"),),
    )


def _look(ground: Ground) -> Iterator[Found]:
    found = [*_key(ground), *_devices(ground), *_pages(ground)]
    yield from found
    if not found:
        said = Sentence("设置没有问题。", "The settings are good.")
        yield Found(code="settings_good", result=Result.GOOD, said=said)


def _key(ground: Ground) -> Iterator[Found]:
    if not ground.settings.hq.urls:
        return
    try:
        enrolment, why = read_enrolment(ground.state_dir), ""
    except EnrolmentFileError as error:
        if isinstance(error.__cause__, PermissionError) and not ground.is_root:
            return  # `permissions` tells whether the agent may
        enrolment, why = None, str(error)
    if enrolment is not None and enrolment.store != ground.settings.store.code:
        why = f"{enrolment.store}, [store] code = {ground.settings.store.code}"
    elif enrolment is not None:
        return
    if why:
        yield Found(
            code="enrolment_wrong",
            result=Result.BAD,
            said=Sentence(
                "加入总部时留下的文件不能用。", "What enrolment at head office left can't be used."
            ),
            seen=why,
            advice=_GET_A_CODE,
            mends=_ENROL,
        )
    else:
        yield Found(
            code="not_enrolled",
            result=Result.BAD,
            said=Sentence("这台电脑还没有加入总部。", "This PC is not enrolled at head office."),
            advice=_GET_A_CODE,
            mends=_ENROL,
        )


def _devices(ground: Ground) -> Iterator[Found]:
    for mistake in mistakes_of_devices(ground.settings):
        yield Found(
            code="device_setting_wrong",
            result=Result.BAD,
            said=Sentence(
                "设备的设置有错，这个设备用不了。",
                "A device's setting is wrong, and it can't be used.",
            ),
            seen=mistake,
            mends=(_CHECK,),
        )


def _pages(ground: Ground) -> Iterator[Found]:
    api = ground.settings.api
    for note in notes_on_pages(api.allowed_origins, port=api.port):
        yield Found(
            code="page_kept_away",
            result=Result.WARN,
            said=Sentence(
                "浏览器可能不让这个 POS 网页访问代理。",
                "Browsers may keep this POS's page from the agent.",
            ),
            seen=note,
            mends=(_CHECK,),
        )


SETTINGS = Check(id="settings", title=Sentence("设置", "Settings"), look=_look)
