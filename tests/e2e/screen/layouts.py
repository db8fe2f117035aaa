"""Keyboard layouts: which characters the physical keys type, without and with Shift."""

_ROWS = (
    "Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal",
    "KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight",
    "KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote",
    "KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash",
    "Space",
)
_KEYS = " ".join(_ROWS).split(" ")

Layout = dict[str, str]
"""Both characters by physical key, as UI Events name them."""


def _layout(plain: str, shifted: str) -> Layout:
    return {
        key: "".join(characters) for key, *characters in zip(_KEYS, plain, shifted, strict=True)
    }


US = _layout(
    "1234567890-=qwertyuiop[]asdfghjkl;'zxcvbnm,./ ",
    '!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>? ',
)
FRENCH = _layout(
    "&é\"'(-è_çà)=azertyuiop^$qsdfghjklmùwxcvbn,;:! ",
    "1234567890°+AZERTYUIOP¨£QSDFGHJKLM%WXCVBN?./§ ",
)
GERMAN = _layout(
    "1234567890ß´qwertzuiopü+asdfghjklöäyxcvbnm,.- ",
    '!"§$%&/()=?`QWERTZUIOPÜ*ASDFGHJKLÖÄYXCVBNM;:_ ',
)
RUSSIAN = _layout(
    "1234567890-=йцукенгшщзхъфывапролджэячсмитьбю. ",
    '!"№;%:?*()_+ЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ, ',
)
KEY_OF = {
    character: (key, shift)
    for key, characters in US.items()
    for shift, character in enumerate(characters)
    if (key, shift) != ("Space", 1)
}
"""The physical key that a scanner presses for a character, and whether with Shift (1)."""
