"""Asking on a terminal, each question until its answer can be right; Enter takes a proposal."""

import sys
from collections.abc import Sequence

import msgspec

from agent.base.settings import SettingsError, value_of
from agent.ops.plugged import Plugged
from agent.ops.setup.given import Answers, Given, tidy
from agent.ops.setup.plan import Found
from agent.ops.setup.questions import CODE, DEVICES, SCANNER, Question
from agent.ops.setup.words import Words
from agent.settings import Settings
from sync.protocol.enrolment import CodeError, EnrolmentCode

_WRONG = Words("  不对：{why}。应为：{expects}", "  That can't be: {why}. Expected: {expects}")
_ENTER = Words("回车 = {text}", "Enter = {text}")
_NOTHING = Words("无", "none")
_NEEDED = Words("这里不能为空", "an answer is needed")
_STAY = Words("回车 = 已加入，保持不变", "Enter = enrolled already, stay so")
_PLUGGED = Words("已插入的设备：", "Plugged in:")
_NOTHING_PLUGGED = Words(
    "没有发现已插入的设备（网络打印机直接填地址）。",
    "Nothing plugged in that looks like a device (of a network printer, give the address).",
)
_NO_NUMBER = Words("没有编号 {number}", "there is no number {number}")
_YES = ("y", "yes", "是", "好")
_NO = ("n", "no", "否", "不")


class GivenUpError(Exception):
    """Who was asked ended it: Ctrl-C, Ctrl-D, or the terminal went away."""


class Dialogue:
    """One conversation, in one language."""

    def __init__(self, language: str, found: Found, plugged: Sequence[Plugged]) -> None:
        self.language = language
        self.found = found
        self._plugged = [one for one in plugged if one.address]

    def say(self, words: Words, **gaps: object) -> None:
        """Tell something."""
        print(words.said(self.language, **gaps), flush=True)

    def ask(self, question: Question, answers: Answers) -> Given:
        """Return the answer; `answers` may hold one to propose. Raises GivenUpError."""
        proposed = self._proposed(question, answers)
        while True:
            typed = self._line(self._prompt(question, proposed))
            text = tidy(question, typed) if typed.strip() else (proposed or "")
            if not typed.strip() and proposed is None:
                self._refuse(question, _NEEDED.said(self.language))
                continue
            try:
                text = self._numbered(question, text)
                value_of(Settings, question.setting, text)
            except SettingsError as error:
                (mistake,) = error.mistakes
                self._refuse(question, mistake.got or mistake.what)
            except LookupError as error:
                self._refuse(question, _NO_NUMBER.said(self.language, number=error.args[0]))
            else:
                return Given(text, question.flag)

    def ask_code(self, *, has_one: bool) -> EnrolmentCode | None:
        """Return the code as typed; None: the machine stays enrolled as it is. GivenUpError."""
        hint = f" [{_STAY.said(self.language)}]" if has_one else ""
        while True:
            typed = self._line(f"{CODE.asks.said(self.language)}{hint}: ")
            if has_one and not typed.strip():
                return None
            try:
                return EnrolmentCode.parse(tidy(CODE, typed))
            except CodeError as error:
                self._refuse(CODE, str(error))

    def agrees(self, question: Words, *, by_default: bool) -> bool:
        """Return what was answered to a yes-or-no question. Raises GivenUpError."""
        marks = "[Y/n]" if by_default else "[y/N]"
        while True:
            typed = self._line(f"{question.said(self.language)} {marks} ").strip().lower()
            if not typed:
                return by_default
            if typed in (*_YES, *_NO):
                return typed in _YES

    def show_plugged(self) -> None:
        """List what is plugged in, numbered."""
        self.say(_PLUGGED if self._plugged else _NOTHING_PLUGGED)
        for number, one in enumerate(self._plugged, start=1):
            said = one.about or one.what
            print(f"  {number}  {one.address}  {said}{_taken(one)}", flush=True)

    def _proposed(self, question: Question, answers: Answers) -> str | None:
        """What Enter takes: what was answered, what holds, or the default; None: nothing does."""
        if question in answers:
            return answers[question].text
        value = self.found.value(question.setting)
        if value is msgspec.NODEFAULT:
            return None
        return ",".join(value) if isinstance(value, list | tuple) else str(value)

    def _prompt(self, question: Question, proposed: str | None) -> str:
        about = question.asks.said(self.language)
        if proposed is None:
            return f"{about}: "
        hint = _ENTER.said(self.language, text=proposed or _NOTHING.said(self.language))
        return f"{about} [{hint}]: "

    def _numbered(self, question: Question, text: str) -> str:
        """Put addresses in the place of numbers from the list; LookupError if there is no such."""
        if question not in DEVICES:
            return text
        parts = [part.strip() for part in text.split(",")] if question is SCANNER else [text]
        return ",".join(self._addressed(part) for part in parts)

    def _addressed(self, text: str) -> str:
        if not (text.isascii() and text.isdigit()):
            return text
        if not 1 <= int(text[:4]) <= len(self._plugged):
            raise LookupError(text[:4])
        return self._plugged[int(text) - 1].address

    def _refuse(self, question: Question, why: str) -> None:
        self.say(_WRONG, why=why, expects=question.expects.said(self.language))

    def _line(self, prompt: str) -> str:
        """A line, whatever bytes the terminal sends. Raises GivenUpError."""
        print(prompt, end="", flush=True)
        try:
            line = sys.stdin.buffer.readline()
        except KeyboardInterrupt as error:
            raise GivenUpError from error
        if not line:
            raise GivenUpError
        return line.decode(errors="replace")


def _taken(one: Plugged) -> str:
    return f" ({', '.join(one.open_in)})" if one.open_in else ""
