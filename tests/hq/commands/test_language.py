"""Everything that store-hq says has its Chinese, and is said in it where the locale is Chinese."""

import ast
import os
import re
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import sync.hq
from sync.hq.cli import main
from sync.hq.commands.language import chinese_texts, is_chinese
from sync.protocol.messages import Entity
from tests.hq.commands.conftest import Shop
from tests.hq.commands.test_commands import COMMANDS

ROOT = Path(sync.hq.__file__).parent
TAKES_TEXT = {"say", "AdminError", "explanation"}
NO_TEXTS = {"UTC"}
NAMED = {"help", "empty"}
TEXTS = ("FORMS", "_DESCRIPTION", "_EPILOG", "MEMBER_ID")
OF_ARGPARSE = {
    "usage: ",
    "positional arguments",
    "options",
    "show this help message and exit",
    "%(prog)s: error: %(message)s\n",
    "the following arguments are required: %s",
    "unrecognized arguments: %s",
    "expected one argument",
    "expected at least one argument",
    "invalid choice: %(value)r (choose from %(choices)s)",
    "argument %(argument_name)s: %(message)s",
}


def constants(node: ast.AST | None) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*constants(node.body), *constants(node.orelse))


def in_call(node: ast.Call) -> Iterator[str]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in TAKES_TEXT and node.args:
        yield from constants(node.args[0])
    if name == "_choice":
        yield from constants(node.args[-1])
    for keyword in node.keywords:
        if keyword.arg in NAMED:
            yield from constants(keyword.value)


def in_assignment(node: ast.Assign) -> Iterator[str]:
    name = getattr(node.targets[0], "id", "")
    if name in TEXTS:
        yield from constants(node.value)
    if name.startswith("_") and isinstance(node.value, ast.Dict):
        for value in node.value.values:
            if isinstance(value, ast.Tuple):  # a command's subject and summary
                yield from constants(value.elts[1])
            yield from (heading for heading in constants(value) if heading.isupper())
    if name in ("empty", "most"):
        yield from constants(node.value)


def said() -> set[str]:
    """Every text in the code that people read."""
    texts = OF_ARGPARSE | {entity.value for entity in Entity}
    for file in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                texts.update(in_call(node))
            elif isinstance(node, ast.Assign):
                texts.update(in_assignment(node))
    return texts - NO_TEXTS


def test_no_text_is_put_together_before_it_is_said() -> None:
    """Its Chinese could not be found."""
    calls = [
        (file.name, node.lineno)
        for file in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") in TAKES_TEXT
        and node.args
        and isinstance(node.args[0], ast.JoinedStr)
    ]
    assert calls == []


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_has_its_chinese_and_no_chinese_is_left_over() -> None:
    known = chinese_texts()

    assert sorted(said() - known.keys()) == []
    assert sorted(known.keys() - said()) == []


@pytest.mark.parametrize(("english", "chinese"), chinese_texts().items())
def test_the_chinese_fills_the_same_gaps(english: str, chinese: str) -> None:
    other_count = {"tenths", "percent"}  # 9折 is 90 %
    assert gaps(chinese) - other_count == gaps(english) - other_count
    assert any("\u4e00" <= sign <= "\u9fff" for sign in chinese) or not english.strip(".: ")


@pytest.mark.parametrize("command", [[], *COMMANDS], ids=" ".join)
def test_help_is_in_chinese_where_the_locale_is(
    command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    with pytest.raises(SystemExit) as exit_:
        main([*command, "--help"])

    help_ = capsys.readouterr().out
    assert exit_.value.code == 0
    assert help_.startswith(f"用法：{' '.join(('store-hq', *command))}")
    assert "显示本说明" in help_
    assert re.findall(r"(usage|options|arguments|default|examples)", help_) == []


@pytest.mark.parametrize(
    ("environ", "chinese"),
    [
        ({"LANG": "zh_CN.UTF-8"}, True),
        ({"LC_ALL": "zh_TW", "LANG": "en_US.UTF-8"}, True),
        ({"LC_MESSAGES": "zh_CN.GBK", "LANG": "en_US.UTF-8"}, True),
        ({"LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"}, False),
        ({"LC_ALL": "", "LANG": "de_DE.UTF-8"}, False),
        ({}, False),
    ],
)
def test_the_locale_decides(environ: dict[str, str], chinese: bool) -> None:
    assert is_chinese(environ) is chinese


def test_results_tables_and_mistakes_are_in_chinese_too(
    hq: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    hq("stores", "add", "MB001")

    added = hq(
        "campaign", "add", "--name", "x", "--rule", "0.85", "--class", "chain", "--ends", "9d"
    )
    assert added.startswith("活动 1：x，8.5折，")
    assert "最近联系" in hq("stores", "list")
    for words, told in (
        (["campaign", "end", "7"], "没有活动 7"),
        (["campaign", "end", "1"], "确认执行请加 --yes"),
        (["articles", "import", "/nowhere.csv"], "/nowhere.csv 无法读取"),
    ):
        assert main(words) == 1
        assert told in capsys.readouterr().err


def test_a_terminal_that_has_no_chinese_signs_stops_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from sync.hq.cli import main; main(['--help'])"],
        env={**os.environ, "LC_ALL": "zh_CN.GBK", "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, b"")
