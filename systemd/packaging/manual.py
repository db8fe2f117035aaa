"""Writes the manual pages and the bash completion of one program, from what it is made of.

    python manual.py store-agent|store-hq SHARE_DIRECTORY

Commands and options come from the program's own parser, settings from the commented file in
config/: nothing is told twice. The language is that of man(7) and bash-completion.
"""

import argparse
import importlib
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

MODULES = {"store-agent": "agent.cli", "store-hq": "sync.hq.cli"}
CONFIG = {"store-agent": "agent.toml", "store-hq": "hq.toml"}
OPTIONS_OF_ALL = ("-h", "--help")


@dataclass(frozen=True, kw_only=True)
class CommandPage:
    """One command as it is typed."""

    words: tuple[str, ...]
    about: str
    parser: argparse.ArgumentParser


def main() -> None:
    """Write into SHARE/man and SHARE/bash-completion."""
    os.environ["LC_ALL"] = "C.UTF-8"
    name, share = sys.argv[1], Path(sys.argv[2])
    parser, commands = described(name)
    config = Path(__file__).parents[2] / "config" / CONFIG[name]
    (share / f"man/man1/{name}.1").write_text(command_page(name, parser, commands), "utf-8")
    (share / f"man/man5/{name}.5").write_text(settings_page(name, config.read_text("utf-8")))
    (share / f"bash-completion/completions/{name}").write_text(completion(name, commands))


def described(name: str) -> tuple[argparse.ArgumentParser, list[CommandPage]]:
    """Return the program's parser, and its commands in the order of its help."""
    make: Callable[..., argparse.ArgumentParser] = importlib.import_module(MODULES[name])._parser
    if name == "store-agent":
        return make(), list(_leaves(make(), ()))
    top = make([])
    names = [choice.dest for choice in _commands_of(top)._choices_actions]  # type: ignore[union-attr]
    # store-hq fills in only the command that is named.
    pages = [page for one in names for page in _leaves(make([one]), ()) if page.words[0] == one]
    return top, pages


def _leaves(parser: argparse.ArgumentParser, words: tuple[str, ...]) -> Iterator[CommandPage]:
    commands = _commands_of(parser)
    if commands is None:
        yield CommandPage(words=words, about=parser.description or "", parser=parser)
        return
    about = {choice.dest: choice.help or "" for choice in commands._choices_actions}
    for name, child in commands.choices.items():
        for page in _leaves(child, (*words, name)):
            told = page.about or about.get(name, "")
            yield CommandPage(words=page.words, about=told, parser=page.parser)


def _commands_of(
    parser: argparse.ArgumentParser,
) -> "argparse._SubParsersAction[argparse.ArgumentParser] | None":
    return next(
        (action for action in parser._actions if isinstance(action, argparse._SubParsersAction)),
        None,
    )


def command_page(name: str, parser: argparse.ArgumentParser, commands: list[CommandPage]) -> str:
    """Return NAME.1."""
    examples, _, rest = (parser.epilog or "").partition("\n\n")
    lines = [
        _head(name, 1),
        ".SH NAME",
        rf"{_text(name)} \- {_text(_first(parser.description))}",
        ".SH SYNOPSIS",
        rf".B {_text(name)}",
        ".I COMMAND",
        "[\\fIoptions\\fR]",
        ".SH DESCRIPTION",
        _text(parser.description or ""),
        ".SH COMMANDS",
    ]
    for page in commands:
        lines += [".TP", _usage(page), _text(_sentence(page.about))]
        for option in _options(page.parser):
            lines += [".RS", ".TP", option[0], option[1], ".RE"]
    lines += [".SH EXAMPLES", ".nf", _text(examples.partition("\n")[2]), ".fi"]
    lines += [".SH SETTINGS, EXIT STATUS", ".nf", _text(rest.strip()), ".fi"]
    lines += [
        ".SH SEE ALSO",
        rf".BR {_text(name)} (5),",
        ".BR systemctl (1),",
        ".BR journalctl (1)",
    ]
    return "\n".join(lines) + "\n"


def settings_page(name: str, config: str) -> str:
    """Return NAME.5 from the commented file of settings."""
    preface, *sections = re.split(r"^(?=\[)", config, flags=re.MULTILINE)
    lines = [
        _head(name, 5),
        ".SH NAME",
        rf"{_text(name)} \- settings of {_text(name)}(1)",
        ".SH DESCRIPTION",
        _text(_comment(preface.splitlines())),
        ".SH SETTINGS",
    ]
    for section in sections:
        title, *rest = section.splitlines()
        lines.append(f".SS {_text(title)}")
        comments: list[str] = []
        for line in rest:
            if setting := re.match(r"#?([a-z_]+) = (.*)", line):
                lines += [".TP", rf"\fB{_text(setting[1])}\fR = {_text(setting[2])}"]
                lines.append(_text(_comment(comments)) or "(no more to say)")
                comments = []
            elif line.startswith("#"):
                comments.append(line)
            else:
                comments = []
    lines += [".SH SEE ALSO", rf".BR {_text(name)} (1)"]
    return "\n".join(lines) + "\n"


def completion(name: str, commands: list[CommandPage]) -> str:
    """Return a completion for bash: the words of each command, then its options and files."""
    following: dict[str, set[str]] = {}
    for page in commands:
        for place, word in enumerate(page.words):
            following.setdefault(" ".join(page.words[:place]), set()).add(word)
        following[" ".join(page.words)] = {
            option for action in page.parser._actions for option in action.option_strings
        }
    cases = "\n".join(
        f'        "{words}") COMPREPLY=($(compgen -W "{" ".join(sorted(choices))}" -- "$word")) ;;'
        for words, choices in sorted(following.items())
    )
    function = "_" + name.replace("-", "_")
    return f"""# bash completion of {name}; made from its own options
{function}() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} typed=() one
    for one in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        [[ $one == [a-z]* ]] && typed+=("$one")
    done
    case "${{typed[*]}}" in
{cases}
    esac
    [[ ${{#COMPREPLY[@]}} -gt 0 ]] || COMPREPLY=($(compgen -f -- "$word"))
}}
complete -F {function} {name}
"""


def _head(name: str, section: int) -> str:
    day = time.strftime("%Y-%m-%d", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", 0))))
    return f'.TH {name.upper()} {section} {day} {name} "Store agent"\n.ad l\n.nh'


def _usage(page: CommandPage) -> str:
    arguments = " ".join(
        rf"\fI{_text(action.metavar if isinstance(action.metavar, str) else action.dest)}\fR"
        for action in page.parser._actions
        if not action.option_strings
    )
    return rf"\fB{_text(' '.join(page.words))}\fR {arguments}".strip()


def _options(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    for action in parser._actions:
        if OPTIONS_OF_ALL[0] in action.option_strings or action.help == argparse.SUPPRESS:
            continue
        about = _text((action.help or "").replace("%%", "%"))
        if action.option_strings and about:
            metavar = action.metavar or (action.dest.upper() if action.nargs != 0 else "")
            yield (
                rf"\fB{_text(', '.join(action.option_strings))}\fR {_text(str(metavar))}".strip(),
                about,
            )


def _comment(lines: list[str]) -> str:
    return "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines).strip()


def _first(text: str | None) -> str:
    return re.split(r"[:.]", text or "")[0].strip()


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "." if text else ""


def _text(text: str) -> str:
    """Text that roff takes for nothing else."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-")
    return re.sub(r"^(?=[.'])", r"\\&", escaped, flags=re.MULTILINE)


if __name__ == "__main__":
    main()
