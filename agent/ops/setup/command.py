"""`store-agent setup`: collect answers, show and write, start, test, say what is left to do."""

import argparse
import json
import os
import sys
from pathlib import Path

from agent.base.settings import Mistake, SettingsError
from agent.ops.enrol.asking import ask
from agent.ops.enrol.keeping import OtherStoreError, closing_key, keep, known_installation, prepare
from agent.ops.kept_file import KeptFile
from agent.ops.setup import asking, service, unattended
from agent.ops.setup.asking import Collected
from agent.ops.setup.dialogue import GivenUpError
from agent.ops.setup.given import Answers, gather
from agent.ops.setup.next_steps import next_steps, print_receipt
from agent.ops.setup.plan import find, own_file
from agent.ops.setup.questions import CODE
from agent.ops.setup.unattended import UnreachedError
from agent.ops.setup.words import Words, spoken
from agent.settings import DEFAULT_FILE
from sync.enrolment_file import ENROLMENT_FILE
from sync.errors import HqError
from sync.protocol.enrolment import CodeError, EnrolmentCode

EXIT_DONE, EXIT_FAILED, EXIT_WRONG = 0, 1, 2

_NO_CHANGE = Words(
    "设置已经是这样，无需更改。", "The settings say so already; nothing was changed."
)
_WRITTEN = Words("已写入：{files}", "Written: {files}")
_ENROLS = Words("{path}：加入总部，生成密钥（不显示）", "{path}: enrolled, with a key (not shown)")
_WRITE = Words("写入吗？", "Write it?")
_DRY = Words("只是试运行，什么也没改。", "Only tried: nothing was changed.")
_NOTHING_CHANGED = Words("什么也没改。", "Nothing was changed.")
_NOTHING_DONE = Words("已放弃，什么也没改。", "Given up; nothing was changed.")
_NOT_WRITABLE = Words(
    "{file}:{why}。请用 root 运行:sudo store-agent setup",
    "{file}: {why}. Run it as root: sudo store-agent setup",
)
_NOTHING_TO_UNDO = Words(
    "没有可以撤销的：没有 setup 写过 {file}。",
    "There is nothing to take back: no setup wrote {file}.",
)
_UNDONE = Words(
    "已撤销：{files}。重启生效：sudo systemctl restart store-agent",
    "Taken back: {files}. It counts from: sudo systemctl restart store-agent",
)
_START = Words("现在启动（或重启）服务吗？", "Start the service now, or restart it?")
_TEST = Words("打印一张测试小票吗？", "Print a test receipt?")
_STARTED = Words("服务已启动。", "The service is started.")


def setup(arguments: argparse.Namespace) -> int:
    """Return 0 done or nothing to change, 1 not done, 2 the answers are wrong."""
    language = spoken(os.environ)
    config = arguments.config or DEFAULT_FILE
    try:
        if arguments.undo:
            return _undo(config, language)
        return _set_up(arguments, config, language)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return EXIT_WRONG
    except (HqError, OtherStoreError, UnreachedError) as error:
        print(f"{error}\n{_NOTHING_CHANGED.said(language)}", file=sys.stderr)
    except (GivenUpError, KeyboardInterrupt):
        print("\n" + _NOTHING_DONE.said(language), file=sys.stderr)
    except service.ServiceError as error:
        print(f"{error}\n  journalctl -u store-agent -n 30", file=sys.stderr)
    except OSError as error:
        said = _NOT_WRITABLE.said(language, file=error.filename, why=error.strerror)
        print(said, file=sys.stderr)
    return EXIT_FAILED


def _set_up(arguments: argparse.Namespace, config: Path, language: str) -> int:
    found = find(config, os.environ)
    answers, mistakes = gather(arguments, os.environ)
    code = _given_code(answers, mistakes)
    talks = sys.stdin.isatty() and not arguments.unattended and not arguments.json
    if talks:
        if mistakes:
            raise SettingsError(mistakes)
        got = asking.collect(arguments, found, answers, code, language)
    else:
        got = unattended.collect(arguments, found, answers, code, mistakes, language)
    return _carry_out(arguments, config, got)


def _given_code(answers: Answers, mistakes: list[Mistake]) -> EnrolmentCode | None:
    """Return the code that was given; None if none was. What is wrong is added to `mistakes`."""
    given = answers.pop(CODE, None)
    try:
        return EnrolmentCode.parse(given.text) if given else None
    except CodeError as error:
        mistakes.append(Mistake(where=given.where if given else CODE.flag, what=str(error)))
        return None


def _carry_out(arguments: argparse.Namespace, config: Path, got: Collected) -> int:
    file = KeptFile(own_file(config))
    changes = _changes(file, got)
    _tell(got, *got.lines, *changes.values())
    if arguments.dry_run:
        _tell(got, _DRY.said(got.language) if changes else _NO_CHANGE.said(got.language))
    elif changes and got.dialogue and not got.dialogue.agrees(_WRITE, by_default=True):
        raise GivenUpError
    elif changes:
        _write(file, got, changed=file.path in changes)
        _tell(got, _WRITTEN.said(got.language, files=", ".join(map(str, changes))))
    else:
        _tell(got, _NO_CHANGE.said(got.language))
    code = EXIT_DONE if arguments.dry_run else _afterwards(arguments, got, changed=bool(changes))
    if got.as_json:
        print(json.dumps({"changed": bool(changes), "files": [str(path) for path in changes]}))
    return code


def _write(file: KeptFile, got: Collected, *, changed: bool) -> None:
    """Enrol first: without head office nothing is changed here. HqError, OtherStoreError."""
    if got.code is not None:
        settings = got.plan.settings
        state_dir = Path(settings.paths.state_dir)
        key, install_id = prepare(state_dir), known_installation(state_dir, settings.store.code)
        keep(
            state_dir,
            ask(
                settings.hq.urls,
                got.code,
                key=key,
                install_id=install_id,
                closing_key=closing_key(state_dir),
                ca_file=settings.hq.ca_file,
            ),
            key,
        )
    if changed:
        file.write(got.plan.text)


def _changes(file: KeptFile, got: Collected) -> dict[Path, str]:
    """What would change, by file, as it is shown; a key is not."""
    changes = {}
    if got.code is not None:
        path = Path(got.plan.settings.paths.state_dir) / ENROLMENT_FILE
        changes[path] = _ENROLS.said(got.language, path=path)
    if difference := file.difference(got.plan.text):
        changes[file.path] = difference
    return changes


def _afterwards(arguments: argparse.Namespace, got: Collected, *, changed: bool) -> int:
    """Start and print as far as it is wanted; say what is left to do."""
    started, code = False, EXIT_DONE
    wants_start = arguments.start or (
        got.dialogue and service.is_managed() and got.dialogue.agrees(_START, by_default=True)
    )
    if wants_start:
        service.start()
        started = True
        _tell(got, _STARTED.said(got.language))
    settings = got.plan.settings
    wants_receipt = arguments.test_receipt or (
        got.dialogue and settings.printer.address and got.dialogue.agrees(_TEST, by_default=True)
    )
    if wants_receipt:
        is_current = started or not changed
        done, said = print_receipt(settings, is_current=is_current, language=got.language)
        _tell(got, said)
        code = EXIT_DONE if done else EXIT_FAILED
    _tell(got, *next_steps(settings, started=started, changed=changed, language=got.language))
    return code


def _undo(config: Path, language: str) -> int:
    kept = KeptFile(own_file(config))
    if not kept.can_be_undone:
        print(_NOTHING_TO_UNDO.said(language, file=kept.path), file=sys.stderr)
        return EXIT_FAILED
    print(kept.difference(kept.before()))
    kept.undo()
    print(_UNDONE.said(language, files=kept.path))
    return EXIT_DONE


def _tell(got: Collected, *lines: str) -> None:
    """Tell people; beside JSON, which is for machines, on stderr."""
    for line in lines:
        if line:
            print(line, file=sys.stderr if got.as_json else sys.stdout, flush=True)
