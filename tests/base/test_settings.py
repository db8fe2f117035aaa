"""Settings: four layers, and every mistake of all of them at once."""

from pathlib import Path
from typing import Annotated

import msgspec
import pytest
from msgspec import Meta

from agent.base.setting_types import LogSection, Port
from agent.base.settings import SHOWN_VALUE_CHARS, Mistake, SettingsError, load, resolve
from agent.base.settings_layers import Key, Layer


class ShopSection(msgspec.Struct, frozen=True, kw_only=True):
    code: Annotated[str, Meta(pattern=r"^[A-Z]{2}\Z", description="2 capital letters")]
    word: Annotated[str, Meta(extra={"secret": True}, pattern=r"^open-")] = "open-sesame"
    even: Annotated[int, Meta(extra={"holds": lambda n: n % 2 == 0}, description="even")] = 2


class NetSection(msgspec.Struct, frozen=True, kw_only=True):
    port: Port = 8770
    names: Annotated[tuple[str, ...], Meta(description="a list of names")] = ("a",)
    fast: bool = False
    first: Annotated[int, Meta(ge=0, le=9)] = 1
    last: int = 2

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError("first must not be above last")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    shop: ShopSection
    net: NetSection = NetSection()
    log: LogSection = LogSection()


class Files:
    """A settings file and its drop-ins in a directory of the test's own."""

    def __init__(self, directory: Path) -> None:
        self.file = directory / "app.toml"
        self.drop_ins = directory / "app.toml.d"

    def load(self, text: str | bytes | None = None, **environ: str) -> Config:
        if text is not None:
            self.file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load(
            Config,
            file=self.file,
            drop_in_dir=self.drop_ins,
            environ=environ,
            env_prefix="APP_",
        )

    def mistakes(self, text: str | bytes | None = None, **environ: str) -> tuple[Mistake, ...]:
        with pytest.raises(SettingsError) as caught:
            self.load(text, **environ)
        return caught.value.mistakes

    def mistake(self, text: str | bytes | None = None, **environ: str) -> Mistake:
        (mistake,) = self.mistakes(text, **environ)
        return mistake

    def drop_in(self, name: str, text: str) -> None:
        self.drop_ins.mkdir(exist_ok=True)
        (self.drop_ins / name).write_text(text)


RIGHT = '[shop]\ncode = "AB"\n'


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_what_is_not_set_has_the_default_of_the_struct(files: Files) -> None:
    assert files.load(RIGHT) == Config(shop=ShopSection(code="AB"))


def test_each_layer_wins_over_the_one_before_it(files: Files) -> None:
    text = RIGHT + "[net]\nport = 1\nfirst = 1\nlast = 1\n"
    files.drop_in("10-site.toml", "[net]\nfirst = 0\nlast = 3\n")
    files.drop_in("20-till.toml", "[net]\nlast = 4\n")
    files.drop_in("30-note.txt", "[net]\nlast = 9\n")
    config = files.load(text, APP_NET__PORT="5", OTHER_NET__PORT="6")
    assert config.net == NetSection(port=5, first=0, last=4)


def test_a_variable_is_read_as_its_setting_s_type(files: Files) -> None:
    config = files.load(
        RIGHT,
        APP_NET__PORT="0",
        APP_NET__NAMES=" b, c ,",
        APP_NET__FAST="true",
        APP_SHOP__CODE="ZZ",
    )
    assert config.net == NetSection(port=0, names=("b", "c"), fast=True)
    assert config.shop.code == "ZZ"
    assert files.load(RIGHT, APP_NET__NAMES="").net.names == ()


def test_a_file_needs_values_of_the_exact_type(files: Files) -> None:
    mistakes = files.mistakes(RIGHT + '[net]\nport = "5"\nfast = 1\nfirst = 1.0\nnames = "b"\n')
    assert [(m.where.split()[-1], m.expected, m.got) for m in mistakes] == [
        ("port", "a whole number from 0 to 65535", "'5'"),
        ("fast", "bool", "1"),
        ("first", "a whole number from 0 to 9", "1.0"),
        ("names", "a list of names", "'b'"),
    ]


def test_every_mistake_of_every_layer_is_told_at_once(files: Files) -> None:
    files.drop_in("10.toml", "[net]\nprot = 1\n")
    text = '[shp]\na = 1\nb = 2\n[shop]\ncode = "abc"\neven = 3\n[net]\nfirst = 5\n'
    mistakes = files.mistakes(text, APP_NET__PORT="70000", APP_NET_PORT="1")
    file, drop_in = files.file, files.drop_ins / "10.toml"
    assert mistakes == (
        Mistake(where=f"{file}: [shp]", what="unknown section", hint="[shop]"),
        Mistake(
            where=f"{file}: [shop] code",
            what="wrong value",
            expected="2 capital letters",
            got="'abc'",
        ),
        Mistake(where=f"{file}: [shop] even", what="wrong value", expected="even", got="3"),
        Mistake(where=f"{drop_in}: [net] prot", what="unknown setting", hint="[net] port"),
        Mistake(where="APP_NET_PORT", what="unknown setting", hint="APP_NET__PORT"),
        Mistake(
            where="APP_NET__PORT",
            what="wrong value",
            expected="a whole number from 0 to 65535",
            got="'70000'",
        ),
        Mistake(where=f"{file}: [net]", what="first must not be above last"),
    )


def test_mistakes_read_as_one_list(files: Files) -> None:
    with pytest.raises(SettingsError) as caught:
        files.load('[shop]\ncode = "abc"\n[log]\nlevl = "info"\nlevel = "inof"\n')
    assert str(caught.value) == (
        "3 mistakes in the settings:\n"
        f"  - {files.file}: [log] levl: unknown setting, did you mean '[log] level'?\n"
        f"  - {files.file}: [shop] code: wrong value, expected 2 capital letters, got 'abc'\n"
        f"  - {files.file}: [log] level: wrong value,"
        " expected one of debug, info, warning, error, got 'inof', did you mean 'info'?"
    )


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("[log]\nport = 1", "[net] port"),  # the right name in the wrong section
        ("[net]\nlats = 1", "[net] last"),
        ("[net]\nzzzzzz = 1", ""),
        ("[lgo]\nlevel = 1", "[log]"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(files: Files, line: str, hint: str) -> None:
    unknown = [m.hint for m in files.mistakes(RIGHT + line) if m.what.startswith("unknown")]
    assert unknown == [hint]


@pytest.mark.parametrize(("line", "hint"), [("cod = 1", "[shop] code"), ("net = 5", "[net]")])
def test_a_value_outside_any_section_is_answered_with_the_nearest(
    files: Files, line: str, hint: str
) -> None:
    assert files.mistake(f"{line}\n{RIGHT}").hint == hint


def test_an_empty_known_section_is_fine_and_an_empty_unknown_one_is_not(files: Files) -> None:
    assert files.load(RIGHT + "[net]\n").net == NetSection()
    assert files.mistake(RIGHT + "[nett]\n").hint == "[net]"


def test_a_required_setting_is_missed_where_it_should_stand(files: Files) -> None:
    assert files.mistake("") == Mistake(
        where=f"{files.file}: [shop] code", what="missing", expected="2 capital letters"
    )


def test_a_contradiction_is_told_beside_a_wrong_value_of_the_same_section(files: Files) -> None:
    mistakes = files.mistakes(RIGHT + "[net]\nport = -1\nfirst = 5\n")
    assert [m.what for m in mistakes] == ["wrong value", "first must not be above last"]


def test_a_wrong_value_is_told_even_if_a_later_layer_puts_it_right(files: Files) -> None:
    assert files.mistake(RIGHT + "[net]\nport = -1\n", APP_NET__PORT="1").got == "-1"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"[shop]\ncode = \n", "line 2, column 8"),
        (b'[shop]\ncode = "AB', "line 2"),
        (b"[shop]\ncode = 1\ncode = 2\n[net]\n", "line 3, column 9"),
        (b"[shop]\nname = '\xff'\n", "line 2"),
    ],
)
def test_a_file_that_is_not_toml_is_told_by_line(files: Files, text: bytes, line: str) -> None:
    assert files.mistake(text).where.startswith(f"{files.file}: {line}")


def test_an_unread_file_hides_no_other_mistake_and_invents_none(files: Files) -> None:
    files.drop_in("10.toml", "[net]\nprot = 1\n")
    unread, unknown = files.mistakes("[shop\n")
    assert (unread.what.split(":")[0], unknown.hint) == ("not TOML", "[net] port")


def test_a_named_file_must_be_there_and_an_optional_one_need_not(tmp_path: Path) -> None:
    absent = tmp_path / "absent.toml"
    assert Files(absent.parent).mistake().what == "can't be read: No such file or directory"
    config = load(
        Config,
        file=absent,
        file_optional=True,
        drop_in_dir=None,
        environ={"APP_SHOP__CODE": "AB"},
        env_prefix="APP_",
    )
    assert config.shop.code == "AB"
    with pytest.raises(SettingsError) as caught:
        load(
            Config, file=absent, file_optional=True, drop_in_dir=None, environ={}, env_prefix="APP_"
        )
    assert caught.value.mistakes[0].where == f"{absent} (no such file): [shop] code"


def test_what_stands_in_place_of_a_file_or_directory_is_told(files: Files) -> None:
    files.drop_ins.write_text("not a directory")
    assert files.mistake(RIGHT).where == str(files.drop_ins)
    files.drop_ins.unlink()
    files.drop_in("10.toml", "")
    (files.drop_ins / "20.toml").mkdir()
    assert files.mistake(RIGHT).what == "can't be read: Is a directory"


def test_a_secret_value_is_not_repeated(files: Files) -> None:
    mistake = files.mistake(RIGHT + 'word = "hunter2"\n')
    assert mistake.got == "(hidden)"
    assert "hunter2" not in str(mistake)


def test_a_long_value_is_cut(files: Files) -> None:
    got = files.mistake(f'[shop]\ncode = "{"x" * 10_000}"\n').got
    assert len(got) == SHOWN_VALUE_CHARS + 1


def test_layers_are_merged_without_touching_a_file() -> None:
    file = Layer(file=Path("/nowhere/app.toml"), settings=((Key("shop", "code"), "AB"),))
    environment = Layer(env_prefix="APP_", settings=((Key("net", "port"), "7"),))
    assert resolve(Config, [file, environment]).net.port == 7
