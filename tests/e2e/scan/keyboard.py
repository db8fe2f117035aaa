"""A keyboard at the page: of a person, or of a scanner that types (a wedge).

Keys go in as the operating system hands them on, each with a time of its own, so that 200 ms
between two keys are 200 ms to the page however busy this PC is.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Self, cast

from playwright.async_api import CDPSession, Page

from tests.e2e.screen.layouts import KEY_OF, US, Layout

PAUSE_MS = 400
"""Nobody takes what comes after it for a part of the same code."""
SOME_WORD = "汉字"
_ALT, _SHIFT = 1, 8
_ALT_GAP_MS = 8
_PROCESS_KEY = 229
"""keyCode of a key that an input method has taken (UI Events, section 9.3.1)."""
_NAMED = {"Escape": 27, "Tab": 9, "ArrowDown": 40, "Delete": 46} | {
    f"F{number}": 111 + number for number in range(1, 13)
}

_NOTE_COMPOSED = """
    window.composed = "";
    addEventListener("compositionupdate", (event) => (window.composed = event.data));
    addEventListener("compositionend", () => (window.composed = ""));
"""

Event = dict[str, object]


@dataclass(kw_only=True)
class Keyboard:
    """One keyboard, with what the operating system makes of its keys."""

    page: Page
    cdp: CDPSession
    layout: Layout = field(default_factory=lambda: US)
    caps_lock: bool = False
    knows_keys: bool = True
    """Whether the system tells the physical keys; remote desktops often do not."""
    lets_go: bool = False
    """Whether the system tells that keys are let go, at once, as a scanner does."""
    now: float = field(default_factory=time.time)
    """When the last key was pressed; Unix seconds."""

    @classmethod
    async def at(cls, page: Page) -> Self:
        """Plug one in."""
        return cls(page=page, cdp=await page.context.new_cdp_session(page))

    async def scan(self, code: str, *, gap_ms: float = 20, pause_ms: float = PAUSE_MS) -> None:
        """Type a code and Enter, after a pause since the last key."""
        self.pause(pause_ms)
        await self.type(code, gap_ms=gap_ms)
        await self.enter(gap_ms=gap_ms)

    async def type(self, text: str, *, gap_ms: float) -> None:
        """Press the keys that make `text` on a US keyboard."""
        pressed = [self._pressed(char, gap_ms) for char in text]
        released = [_released(event) for event in pressed] if self.lets_go else []
        order = chain.from_iterable(zip(pressed, released, strict=True)) if released else pressed
        await asyncio.gather(*[self._send(event) for event in order])

    async def enter(self, *, gap_ms: float = PAUSE_MS) -> None:
        """Press Enter."""
        self._wait(gap_ms)
        key: Event = {"key": "Enter", "code": "Enter", **_number(13)}
        await self._send({"type": "keyDown", "text": "\r", **key})
        await self._send({"type": "keyUp", **key})

    async def press(self, name: str) -> None:
        """Press a key that types nothing: Escape, Tab, F1 …"""
        self.pause(PAUSE_MS)
        key: Event = {"key": name, "code": name, **_number(_NAMED[name])}
        await self._send({"type": "rawKeyDown", **key})
        await self._send({"type": "keyUp", **key})

    def pause(self, ms: float) -> None:
        """Let time pass until the next key, and as much as has passed in truth."""
        self.now = max(self.now + ms / 1000, time.time())

    def _wait(self, ms: float) -> None:
        self.now += ms / 1000

    async def _send(self, event: Event) -> None:
        await self.cdp.send("Input.dispatchKeyEvent", {"timestamp": self.now, **event})

    def _pressed(self, char: str, gap_ms: float) -> Event:
        self._wait(gap_ms)
        code, shift = KEY_OF[char]
        typed = self.layout[code][shift]
        key = typed.swapcase() if self.caps_lock else typed
        return {
            "type": "keyDown",
            "timestamp": self.now,
            "code": code if self.knows_keys else "",
            "key": key,
            "text": key,
            "modifiers": _SHIFT * shift,
            **_number(ord(code[-1]) if code.startswith(("Key", "Digit")) else 0),
        }


@dataclass(kw_only=True)
class InputMethod(Keyboard):
    """A keyboard under a pinyin input method: letters are composed, a digit then chooses a word."""

    composing: str = ""

    @classmethod
    async def at(cls, page: Page) -> Self:
        """Turn one on."""
        await page.evaluate(_NOTE_COMPOSED)
        return await super().at(page)

    async def type(self, text: str, *, gap_ms: float) -> None:
        """Press the keys; what is being composed is in the field only until it is chosen."""
        for char in text:
            event = self._pressed(char, gap_ms)
            if char.isalpha():
                await self._compose(event, char)
            elif self.composing:
                await self._take(event)
                await self.choose(SOME_WORD)
            else:
                await self._send(event)

    async def enter(self, *, gap_ms: float = PAUSE_MS) -> None:
        """Press Enter, which puts what is being composed into the field as it is."""
        if self.composing:
            self._wait(gap_ms)
            await self._take({"timestamp": self.now, "code": "Enter"})
            await self.choose(await self.page.evaluate("window.composed"))
        else:
            await super().enter(gap_ms=gap_ms)

    async def choose(self, text: str) -> None:
        """Put `text` into the field in place of what is being composed."""
        self.composing = ""
        if text:
            await self.cdp.send("Input.insertText", {"text": text})

    async def _compose(self, event: Event, char: str) -> None:
        await self._take(event)
        self.composing += char
        caret = {"selectionStart": len(self.composing), "selectionEnd": len(self.composing)}
        await self.cdp.send("Input.imeSetComposition", {"text": self.composing, **caret})

    async def _take(self, event: Event) -> None:
        taken = {"type": "rawKeyDown", "key": "Process", "text": "", **_number(_PROCESS_KEY)}
        await self._send({**event, **taken})


def _released(event: Event) -> Event:
    """The same key let go one millisecond later."""
    later = cast(float, event["timestamp"]) + 0.001
    return {**event, "type": "keyUp", "text": "", "timestamp": later}


def _number(code: int) -> Event:
    return {"windowsVirtualKeyCode": code, "nativeVirtualKeyCode": code}


@dataclass(kw_only=True)
class AltScanner(Keyboard):
    """A scanner that types characters by holding Alt and pressing their number on the keypad."""

    only: str = ""
    """These characters; empty: all."""
    types_too: bool = False
    """Whether the system makes the character itself, too, as Windows does."""

    async def type(self, text: str, *, gap_ms: float) -> None:
        """Press the keys."""
        events = chain.from_iterable(self._events(char, gap_ms) for char in text)
        await asyncio.gather(*[self._send(event) for event in events])

    def _events(self, char: str, gap_ms: float) -> Iterator[Event]:
        if self.only and char not in self.only:
            yield self._pressed(char, gap_ms)
            return
        alt: Event = {"key": "Alt", "code": "AltLeft", **_number(18)}
        yield self._soon({"type": "rawKeyDown", "modifiers": _ALT, **alt})
        for digit in f"{ord(char):03d}":
            key: Event = {"key": digit, "code": f"Numpad{digit}", **_number(96 + int(digit))}
            yield self._soon({"type": "rawKeyDown", "modifiers": _ALT, **key})
            yield self._soon({"type": "keyUp", "modifiers": _ALT, **key})
        yield self._soon({"type": "keyUp", **alt})
        if self.types_too:
            yield self._soon({"type": "char", "text": char, "key": char})

    def _soon(self, event: Event) -> Event:
        self._wait(_ALT_GAP_MS)
        return {**event, "timestamp": self.now}
