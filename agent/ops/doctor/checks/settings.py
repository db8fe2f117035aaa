"""Settings: mistakes that only show in use, and what this PC's browsers make of them."""

from collections.abc import Iterator
from pathlib import Path

from agent.domain.finding import Found, Mend, Result
from agent.domain.outcome import Sentence
from agent.ops.device_settings import mistakes_of_devices
from agent.ops.doctor.check import Check
from agent.ops.doctor.ground import AS_AGENT, SERVICE, Ground
from agent.ops.doctor.units import is_loaded_by_systemd
from agent.ops.pos_pages import notes_on_pages
from sync.key_file import KeyFileError, read_key

_CHECK = Mend(command=f"{AS_AGENT} check-config")


def wrong_settings(mistakes: str) -> Found:
    """Return that the settings can't be read at all."""
    return Found(
        code="settings_wrong",
        result=Result.BAD,
        said=Sentence(
            "设置有错,代理启动不了。改正后再检查其余项目。",
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
    file = ground.settings.hq.key_file
    try:
        if file:
            read_key(Path(file))
    except KeyFileError as error:
        if isinstance(error.__cause__, PermissionError) and not ground.is_root:
            return  # `permissions` tells whether the agent may
        yield Found(
            code="key_file_wrong",
            result=Result.BAD,
            said=Sentence(
                "总部密钥文件不存在或内容不对。",
                "The file of the key for head office can't be used.",
            ),
            seen=str(error),
            advice=Sentence(
                "向总部要密钥(store-hq stores add 或 new-key),粘贴进下面的命令。",
                "Get the key from head office (store-hq stores add or new-key), and paste it.",
            ),
            mends=(
                Mend(command=f"install {_rights(Path(file), ground)} /dev/stdin {file}"),
                Mend(command="systemctl restart store-agent"),
            ),
        )


def _rights(key: Path, ground: Ground) -> str:
    own = is_loaded_by_systemd(key, ground)
    return "-m 600" if own else f"-m 640 -o root -g {SERVICE}"


def _devices(ground: Ground) -> Iterator[Found]:
    for mistake in mistakes_of_devices(ground.settings):
        yield Found(
            code="device_setting_wrong",
            result=Result.BAD,
            said=Sentence(
                "设备的设置有错,这个设备用不了。",
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
