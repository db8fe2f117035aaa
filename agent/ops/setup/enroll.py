"""`store-agent enroll`: ask head office, keep what it tells, write the settings, start the service.

Whatever can be wrong here is found before the code is used up.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import msgspec

from agent.base.settings import SettingsError
from agent.base.settings_layers import Key
from agent.ops.enrol.asking import ask
from agent.ops.enrol.keeping import (
    OtherStoreError,
    closing_key,
    keep,
    known_installation,
    prepare,
)
from agent.ops.kept_file import KeptFile
from agent.ops.setup import service
from agent.ops.setup.given import Answers, Given
from agent.ops.setup.plan import Found, Plan, find, make_plan, own_file
from agent.ops.setup.questions import HQ, NAME, STORE
from agent.ops.setup.words import Words, spoken
from agent.settings import DEFAULT_FILE
from agent.store.errors import StartRefusedError
from sync.enrolment_file import ENROLMENT_FILE
from sync.errors import FinalError, HqError
from sync.protocol.enrolment import CodeError, EnrolmentAnswer, EnrolmentCode

EXIT_DONE, EXIT_FAILED, EXIT_WRONG, EXIT_REFUSED = 0, 1, 2, 3
STDIN = "-"
FROM_HQ = "head office"
_ANY_STORE = "XX"
"""Until head office tells, so that the rest of the settings is judged all the same."""
_CA_FILE = Key("hq", "ca_file")
_STATE_DIR = Key("paths", "state_dir")

_ENROLLED = Words(
    "已加入：门店 {store} {name}。写入：{files}",
    "Enrolled as store {store} {name}. Written: {files}",
)
_STARTED = Words("服务已启动。", "The service is started.")
_START = Words(
    "重启后生效:sudo systemctl enable --now store-agent;sudo systemctl restart store-agent",
    "It counts from: sudo systemctl enable --now store-agent; sudo systemctl restart store-agent",
)
_NO_HQ = Words(
    "没有总部地址：请加 --hq https://…，或在设置里填写 [hq] urls",
    "no address of head office: give --hq https://…, or set [hq] urls",
)
_NO_CODE = Words(
    "没有加入码：请写 CODE，或 --token-file 文件", "no code: give CODE, or --token-file FILE"
)
_NOT_REACHED = Words(
    "总部没有应答（{why}）。什么也没改，同一个加入码可以再试一次",
    "head office is not reached ({why}); nothing was changed, the same code can be tried again",
)
_REFUSED = Words(
    "总部不接受这个加入码（{why}）。请总部执行 store-hq stores enrol，给一个新的",
    "head office refuses the code ({why}); it makes another: store-hq stores enrol",
)
_OTHER_STORE = Words(
    "这台电脑的数据是门店 {store} 的：请先用 recover、outbox export 带走，再移走 {place}",
    "the data of this machine is store {store}'s: take it out (outbox export), then move {place}"
    " away",
)
_NOT_WRITABLE = Words(
    "{file}:{why}。请用 root 运行:sudo store-agent enroll …",
    "{file}: {why}. Run it as root: sudo store-agent enroll …",
)


def enroll(arguments: argparse.Namespace) -> int:
    """Return 0 done, 1 not reached or not written, 2 wrong usage or settings, 3 refused."""
    language = spoken(os.environ)
    try:
        return _enroll(arguments, arguments.config or DEFAULT_FILE, language)
    except (SettingsError, CodeError, UsageError, StartRefusedError) as error:
        return _failed(str(error), EXIT_WRONG)
    except OtherStoreError as error:
        place = Path(find(arguments.config or DEFAULT_FILE, os.environ).value(_STATE_DIR))
        return _failed(_OTHER_STORE.said(language, store=error.store, place=place), EXIT_WRONG)
    except HqError as error:
        words = _REFUSED if isinstance(error, FinalError) else _NOT_REACHED
        code = EXIT_REFUSED if isinstance(error, FinalError) else EXIT_FAILED
        return _failed(words.said(language, why=error), code)
    except service.ServiceError as error:
        return _failed(f"{error}\n  journalctl -u store-agent -n 30", EXIT_FAILED)
    except OSError as error:
        said = _NOT_WRITABLE.said(language, file=error.filename, why=error.strerror)
        return _failed(said, EXIT_FAILED)


class UsageError(Exception):
    """Something was not given."""


def _enroll(arguments: argparse.Namespace, config: Path, language: str) -> int:
    code = EnrolmentCode.parse(_typed(arguments, language))
    found = find(config, os.environ)
    urls = _urls(arguments, found, language)
    state_dir = Path(found.value(_STATE_DIR))
    key = prepare(state_dir)
    ca_file = str(found.value(_CA_FILE))
    looked = ask(urls, code, key=key, only_look=True, ca_file=ca_file)
    plan = plan_of(found, looked, urls)
    install_id = known_installation(state_dir, looked.store)
    answer = ask(
        urls,
        code,
        key=key,
        install_id=install_id,
        closing_key=closing_key(state_dir),
        ca_file=ca_file,
    )
    keep(state_dir, answer, key)
    file = KeptFile(own_file(config))
    if file.difference(plan.text):
        file.write(plan.text)
    files = [str(state_dir / ENROLMENT_FILE), str(file.path)]
    if arguments.json:
        print(json.dumps({"store": answer.store, "name": answer.name, "files": files}))
    else:
        said = _ENROLLED.said(
            language, store=answer.store, name=answer.name, files=", ".join(files)
        )
        print(said)
    _start(arguments, language)
    return EXIT_DONE


def plan_of(found: Found, looked: EnrolmentAnswer, urls: list[str]) -> Plan:
    """Return the settings with what head office tells; SettingsError."""
    answers: Answers = {
        STORE: Given(looked.store, FROM_HQ),
        HQ: Given(",".join(looked.urls or urls), HQ.flag),
    }
    if looked.name and not found.value(NAME.setting):
        answers[NAME] = Given(looked.name, FROM_HQ)
    return make_plan(found, answers)


def _typed(arguments: argparse.Namespace, language: str) -> str:
    if arguments.token_file == STDIN:
        return sys.stdin.readline()
    if arguments.token_file:
        try:
            return Path(arguments.token_file).read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{arguments.token_file}: {error}") from error
    if not arguments.code:
        raise UsageError(_NO_CODE.said(language))
    return str(arguments.code)


def _urls(arguments: argparse.Namespace, found: Found, language: str) -> list[str]:
    set_before = found.value(HQ.setting)
    told = arguments.hq if arguments.hq is not None else set_before
    if told is msgspec.NODEFAULT or not told:
        raise UsageError(_NO_HQ.said(language))
    parts = told.split(",") if isinstance(told, str) else told
    urls = [part.strip() for part in parts if part.strip()]
    store = found.value(STORE.setting)
    known = _ANY_STORE if store is msgspec.NODEFAULT else store
    make_plan(found, {STORE: Given(known, STORE.flag), HQ: Given(",".join(urls), HQ.flag)})
    return urls


def _start(arguments: argparse.Namespace, language: str) -> None:
    said = _START
    if not arguments.no_start and service.is_managed():
        service.start()
        said = _STARTED
    print(said.said(language), file=sys.stderr if arguments.json else sys.stdout)


def _failed(words: str, code: int) -> int:
    print(f"store-agent enroll: {words}", file=sys.stderr)
    return code
