"""The packages: manuals and completion are made of the programs, scripts refuse in time."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGING = Path(__file__).parents[2] / "systemd" / "packaging"
CONFIG = {"store-agent": "agent.toml", "store-hq": "hq.toml"}
SCRIPTS = ("preinst", "postinst", "prerm", "postrm")

programs = pytest.mark.parametrize("name", CONFIG)


@pytest.fixture(scope="module", params=CONFIG)
def share(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `manual.py` writes for one program, whose name the directory has."""
    made: Path = tmp_path_factory.mktemp("share") / request.param
    for part in ("man/man1", "man/man5", "bash-completion/completions"):
        (made / part).mkdir(parents=True)
    subprocess.run([sys.executable, PACKAGING / "manual.py", made.name, made], check=True)
    return made


def test_the_manual_tells_every_setting_with_its_default(share: Path) -> None:
    page = (share / f"man/man5/{share.name}.5").read_text("utf-8").replace(r"\-", "-")
    config = (PACKAGING.parents[1] / "config" / CONFIG[share.name]).read_text("utf-8")
    settings = re.findall(r"^#?([a-z_]+) = (.*)$", config, re.MULTILINE)
    assert len(settings) > 5
    assert re.findall(r"^\\fB([a-z_]+)\\fR = (.*)$", page, re.MULTILINE) == settings
    assert "no more to say" not in page


def test_the_manual_tells_every_command(share: Path) -> None:
    page = (share / f"man/man1/{share.name}.1").read_text("utf-8").replace(r"\-", "-")
    for command in ("run", "check-config"):
        assert re.search(rf"^\\fB{command}\\fR", page, re.MULTILINE)
    known = re.findall(r"^ {2}store-(?:agent|hq) ([a-z-]+)", page, re.MULTILINE)
    assert set(known) <= set(re.findall(r"^\\fB([a-z-]+)", page, re.MULTILINE))


def test_groff_finds_nothing_wrong_with_the_manuals(share: Path) -> None:
    for page in share.glob("man/*/*"):
        done = subprocess.run(
            ["groff", "-K", "utf8", "-T", "utf8", "-man", "-ww", "-z", page],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""


def test_bash_completes_commands_and_their_options(share: Path) -> None:
    script = share / f"bash-completion/completions/{share.name}"
    function = f"_{share.name.replace('-', '_')}"

    def completed(*words: str) -> list[str]:
        typed = " ".join(f"'{word}'" for word in (share.name, *words))
        ask = f". {script}; COMP_WORDS=({typed}); COMP_CWORD={len(words)}; {function}"
        ask += '; echo "${COMPREPLY[*]}"'
        done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True)
        return done.stdout.split()

    assert completed("check-c") == ["check-config"]
    assert "--help" in completed("check-config", "--")


def test_the_installed_size_does_not_tell_what_once_lay_in_a_directory(tmp_path: Path) -> None:
    for tree in ("grown", "fresh"):
        (tmp_path / tree / "DEBIAN").mkdir(parents=True)
        (tmp_path / tree / "DEBIAN/control").write_bytes(bytes(9_000))
        (tmp_path / tree / "program").write_bytes(bytes(1_025))
    for n in range(1_000):
        (tmp_path / "grown" / f"a-file-that-is-deleted-again-{n}").touch()
    for n in range(1_000):
        (tmp_path / "grown" / f"a-file-that-is-deleted-again-{n}").unlink()
    sizes = [
        subprocess.run(
            [PACKAGING / "installed-size.sh", tmp_path / tree],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for tree in ("grown", "fresh")
    ]
    assert sizes == ["3\n", "3\n"]  # two of the file, one of the directory


@programs
@pytest.mark.parametrize("script", SCRIPTS)
def test_the_packages_scripts_are_plain_shell(name: str, script: str) -> None:
    text = (PACKAGING / "common.sh").read_text() + (PACKAGING / name / script).read_text()
    done = subprocess.run(["dash", "-n"], input=text, capture_output=True, text=True, check=False)
    assert done.stderr == ""


@pytest.mark.parametrize(("needed", "refused"), [(0, False), (7, False), (8, True), (900, True)])
def test_a_package_refuses_a_database_that_it_can_not_read_before_it_changes_anything(
    tmp_path: Path, needed: int, refused: bool
) -> None:
    database = tmp_path / "store.db"
    database.write_bytes(b"SQLite format 3\0".ljust(60, b"\0") + needed.to_bytes(4, "big"))
    text = (PACKAGING / "common.sh").read_text() + (
        PACKAGING / "store-agent" / "preinst"
    ).read_text().partition("set -e\n")[2]
    text = text.replace("data=/var/lib/store-agent", f"data={tmp_path}")
    text = text.replace("/usr/bin/store-agent", "/nonexistent").replace("@SCHEMA@", "7")
    done = subprocess.run(
        ["dash", "-s", "upgrade"], input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == (1 if refused else 0), done.stderr
    assert ("too old" in done.stderr) == refused
    assert sorted(tmp_path.iterdir()) == [database]
