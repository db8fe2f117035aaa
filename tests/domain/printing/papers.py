"""What all papers of a made-up shop share."""

from zoneinfo import ZoneInfo

from agent.base.clock import Millis
from agent.domain.printing.letterhead import Issue, Letterhead

NOON = Millis(1_767_240_000_000)
"""2026-01-01 12:00 in Shanghai, 04:00 UTC."""
SHOP = Letterhead(
    store="MB001",
    zone=ZoneInfo("Asia/Shanghai"),
    name="徐家汇店",
    header=("漕溪北路1号", "021-5555 0100"),
    footer=("谢谢光临",),
)
ISSUE = Issue(number="MB001-T1-000123", till="T1", cashier="C7", at=NOON)
