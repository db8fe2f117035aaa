"""The files in config/ are complete and true, and what they allow is what the programs accept."""

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from msgspec.structs import fields

from agent.base.settings import SettingsError
from agent.settings import ENV_PREFIX as AGENT_PREFIX
from agent.settings import Settings
from agent.settings import load_settings as load_agent
from sync.hq.settings import ENV_PREFIX as HQ_PREFIX
from sync.hq.settings import HqSettings
from sync.hq.settings import load_settings as load_hq

CONFIG = Path(__file__).parents[2] / "config"


class Program(NamedTuple):
    file: Path
    struct: type[msgspec.Struct]
    load: Callable[[Path | None, Mapping[str, str]], msgspec.Struct]
    env_prefix: str


AGENT = Program(CONFIG / "agent.toml", Settings, load_agent, AGENT_PREFIX)
HQ = Program(CONFIG / "hq.toml", HqSettings, load_hq, HQ_PREFIX)
programs = pytest.mark.parametrize("program", [AGENT, HQ], ids=["agent", "hq"])


def defaults(program: Program) -> dict[str, dict[str, Any]]:
    """`{section: {name: default}}`, with `msgspec.NODEFAULT` where the setting is required."""
    return {
        section.name: {field.name: field.default for field in fields(section.type)}
        for section in fields(program.struct)
    }


def named(program: Program) -> dict[str, str]:
    """What a program needs beside the file: the agent, whose it is."""
    return {"STORE_AGENT_STORE__CODE": "MB001"} if program is AGENT else {}


@programs
def test_the_file_has_every_setting_with_its_default_and_no_other(program: Program) -> None:
    expected = defaults(program)
    actual = tomllib.loads(program.file.read_text().replace("\n#code = ", "\ncode = "))
    assert {s: set(names) for s, names in actual.items()} == {
        s: set(names) for s, names in expected.items()
    }
    for section, names in expected.items():
        for name, default in names.items():
            if default is not msgspec.NODEFAULT:
                as_toml = list(default) if isinstance(default, tuple) else default
                assert actual[section][name] == as_toml, f"[{section}] {name}"


@programs
def test_the_file_loads_as_it_is_for_a_store_that_is_named(program: Program) -> None:
    assert isinstance(program.load(program.file, named(program)), program.struct)


def test_no_store_is_taken_for_another_because_its_code_was_forgotten() -> None:
    with pytest.raises(SettingsError) as caught:
        load_agent(AGENT.file, {})
    assert [mistake.what for mistake in caught.value.mistakes] == ["missing"]
    assert caught.value.mistakes[0].where.endswith("[store] code")


@programs
def test_a_comment_stands_above_every_setting(program: Program) -> None:
    lines = program.file.read_text().splitlines()
    settings = [i for i, line in enumerate(lines) if re.match(r"#?[a-z_]+ = ", line)]
    assert len(settings) == sum(len(names) for names in defaults(program).values())
    assert [lines[i] for i in settings if not lines[i - 1].startswith("# ")] == []


@programs
def test_a_number_s_comment_tells_its_unit_and_its_limits(program: Program) -> None:
    text = program.file.read_text()
    for section in fields(program.struct):
        for field in fields(section.type):
            (meta, *_) = getattr(field.type, "__metadata__", (None,))
            if isinstance(meta, msgspec.Meta) and meta.ge is not None:
                comment = _comment_above(text, section.name, field.name)
                assert f"{meta.ge} to {meta.le}" in comment, f"[{section.name}] {field.name}"


@programs
def test_a_drop_in_and_a_variable_win_over_the_file(program: Program, tmp_path: Path) -> None:
    file = tmp_path / program.file.name
    file.write_bytes(program.file.read_bytes())
    drop_ins = tmp_path / f"{file.name}.d"
    drop_ins.mkdir()
    (drop_ins / "50-site.toml").write_text('[log]\nlevel = "error"\nformat = "json"\n')
    environ = named(program) | {f"{program.env_prefix}LOG__FORMAT": "pretty"}
    settings = program.load(file, environ)
    assert isinstance(settings, Settings | HqSettings)
    assert (settings.log.level, settings.log.format) == ("error", "pretty")


def test_a_wrong_device_address_is_told_with_what_to_write_instead() -> None:
    wrong = {"STORE_AGENT_PRINTER__ADDRESS": "tcp://192.168.1.256:9100"}
    with pytest.raises(SettingsError, match=r"four numbers from 0 to 255, as in tcp://192\.168"):
        load_agent(AGENT.file, named(AGENT) | wrong)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("STORE__CODE", "mb001"),
        ("STORE__CODE", "M"),
        ("STORE__TIMEZONE", "Asia/Shangai"),
        ("STORE__TIMEZONE", "../../etc/passwd"),
        ("STORE__TIMEZONE", ""),
        ("PATHS__STATE_DIR", "state"),
        ("API__PORT", "65536"),
        ("API__ALLOWED_HOSTS", "127.0.0.1:8770"),
        ("API__ALLOWED_HOSTS", ""),
        ("API__ALLOWED_ORIGINS", "http://127.0.0.1:8080/page"),
        ("API__ALLOWED_ORIGINS", "*"),
        ("HQ__URLS", "hq.example.com"),
        ("HQ__KEY_FILE", "key"),
        ("HQ__ROOT_KEY", "AB" * 32),
        ("HQ__POLL_SECONDS", "0"),
        ("HQ__BATCH_EVENTS", "501"),
        ("LOG__LEVEL", "loud"),
        ("TILL__CODE", "收银台"),
        ("SCANNER__ADDRESSES", "serial:ttyACM0"),
        ("SCANNER__PREFIX", "扫"),
        ("PRINTER__ADDRESS", "192.168.1.50:9100"),
        ("PRINTER__ADDRESS", "tcp://192.168.1.50:0"),
        ("PRINTER__ADDRESS", "tcp://192.168.50:9100"),
        ("API__HOST", "127.000.000.001"),
        ("HQ__URLS", "http://192.168.001.050:8780"),
        ("PRINTER__ENCODING", "big5"),
        ("DISPLAY__ADDRESS", "serial:/dev/ttyUSB0?baud=fast"),
        ("RECEIPT__E_RECEIPT_URL", "example.com/{receipt}"),
        ("SCALE_LABELS__FORMATS", "22IIIII"),
        ("SCALE_LABELS__FORMATS", "22PPPPPPPPPPC"),
    ],
)
def test_the_agent_refuses_what_can_not_work(variable: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_agent(AGENT.file, named(AGENT) | {AGENT_PREFIX + variable: value})
    assert [mistake.where for mistake in caught.value.mistakes] == [AGENT_PREFIX + variable]


def test_addresses_of_hq_may_have_a_path_and_several_are_tried() -> None:
    address = {f"{AGENT_PREFIX}HQ__URLS": "https://hq.example.com/base, http://10.0.0.1:8780"}
    settings = load_agent(AGENT.file, named(AGENT) | address)
    assert isinstance(settings, Settings)
    assert settings.hq.urls == ("https://hq.example.com/base", "http://10.0.0.1:8780")


def test_hq_does_not_repeat_a_password() -> None:
    with pytest.raises(SettingsError) as caught:
        load_hq(HQ.file, {f"{HQ_PREFIX}DATABASE__DSN": "pg://hq:hunter2@db/hq"})
    assert "hunter2" not in str(caught.value)


def _comment_above(text: str, section: str, name: str) -> str:
    before = text[: text.index(f"\n{name} = ", text.index(f"[{section}]"))]
    lines = before.splitlines()
    start = len(lines)
    while lines[start - 1].startswith("# "):
        start -= 1
    return " ".join(line.removeprefix("# ") for line in lines[start:])
