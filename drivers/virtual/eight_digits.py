"""A customer display of eight digits without hardware, as LED8 and LED8N are."""

import re

from drivers.virtual.glass import Glass

PLACES = 8


class VirtualEightDigits(Glass):
    """Understands ESC Q A, and the lamps by ESC s (LED8) or STX L (LED8N)."""

    def __init__(self, *, is_led8n: bool = False) -> None:
        lamps = rb"\x02L(?P<lamps>[01]{4})" if is_led8n else rb"\x1bs(?P<lamps>[0-4])"
        super().__init__(
            re.compile(rb"(?P<clear>\x1b@|\x0c)|\x1bQA(?P<digits>[0-9.-]*)\r|" + lamps),
            begun=re.compile(rb"(?:\x1b(?:s|Q(?:A[0-9.-]*)?)?|\x02(?:L[01]{0,3})?)\Z"),
        )
        self.digits = ""
        self.lamps: tuple[int, ...] = ()
        """The places of those that are lit: 1 单价, 2 总计, 3 收款, 4 找零."""

    def clear(self) -> None:
        """Be dark."""
        self.digits, self.lamps = "", ()

    def obey(self, command: re.Match[bytes]) -> None:
        """Show digits or light lamps; what has no place is kept as unknown."""
        if command["clear"]:
            self.digits = ""
            self.lamps = () if command["clear"] != b"\x0c" else self.lamps
        elif (lamps := command["lamps"]) is not None:
            self.lamps = _lit(lamps.decode())
        else:
            self.digits = command["digits"].decode()
            if len(self.digits.replace(".", "")) > PLACES:
                self.unknown.append(command[0])


def _lit(lamps: str) -> tuple[int, ...]:
    if len(lamps) == 1:
        return (int(lamps),) if lamps != "0" else ()
    return tuple(place for place, lamp in enumerate(lamps, start=1) if lamp == "1")
