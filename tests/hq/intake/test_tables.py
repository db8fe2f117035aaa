"""The tables that commands print for people, on a terminal of 80 columns."""

import asyncio
import os
import pty
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from rich.cells import cell_len

from agent.base.clock import Millis
from agent.domain.coupons.campaign import AmountOff
from agent.domain.trust.policy import CampaignClass
from sync.hq import stock
from sync.hq.cli import main
from sync.hq.commands.output import print_rows
from sync.hq.coupons import campaigns
from sync.hq.members import members
from sync.hq.selling import articles
from sync.protocol.changes import ArticleChange
from tests.hq.head_office import HeadOffice
from tests.hq.journal import NOON
from tests.hq.settlement.uses import redeemed

COLUMNS = 80
STORE, OTHER = "SHXJH001", "SHXJH002"
LISTS = {
    ("stores", "list"): "STORE NAME RECEIVED LAG PARKED QUARANTINED CASES",
    ("keys", "list"): "KEY FROM UNTIL REVOKED",
    ("campaign", "list"): "NO NAME RULE CLASS STARTS ENDS",
    ("articles", "list"): "SKU NAME PRICE GTIN",
    ("members", "list"): "MEMBER TIER POINTS PHONE STORES",
    ("stock", "list", STORE): "SKU PIECES",
    ("events", "list"): "STORE EPOCH SEQ KIND DAY OCCURRED TWICE",
    ("parked", "list"): "STORE EPOCH SEQ WHY DETAIL SINCE",
    ("cases", "list"): "COUPON STATE RIGHT LOSS OPENED",
}


class Row(msgspec.Struct, frozen=True):
    words: str


@contextmanager
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Let stdout be a terminal; what is printed comes out of the descriptor."""
    outer, inner = pty.openpty()
    termios.tcsetwinsize(inner, (24, COLUMNS))
    monkeypatch.setenv("COLUMNS", str(COLUMNS))
    monkeypatch.setenv("TERM", "xterm")
    with os.fdopen(inner, "w") as stdout, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stdout)
        try:
            yield outer
        finally:
            os.close(outer)


async def printed(monkeypatch: pytest.MonkeyPatch, *words: str) -> list[str]:
    """The lines that a command prints on a terminal."""
    monkeypatch.setenv("NO_COLOR", "1")
    with terminal(monkeypatch) as screen:
        assert await asyncio.to_thread(main, words) == 0
        sys.stdout.flush()
        text = os.read(screen, 65_536).decode()
    for style in ("\x1b[1m", "\x1b[0m"):
        text = text.replace(style, "")
    return text.splitlines()


async def fill(hq: HeadOffice) -> str:
    """Bring something long into every list; return the id of a coupon that was used twice."""
    store, other = await hq.store(STORE), await hq.store(OTHER)
    await hq.db.execute("UPDATE store SET name = $1", "上海徐家汇太平洋百货旗舰店一楼 Xujiahui")
    await hq.db.execute("UPDATE store_contact SET clock_skew_ms = -123456")
    await campaigns.add_campaign(
        hq.db,
        name="Spring in every store of the chain, 30-5",
        rule=AmountOff(min_fen=1_000_000, off_fen=500_000),
        class_=CampaignClass.THIRD_PARTY,
        starts_at=NOON,
        ends_at=Millis(NOON + 1),
    )
    article = ArticleChange(sku="6" * 64, name="牛奶" * 40, price_fen=9_999_999, gtin="1" * 14)
    await articles.put_articles(hq.db, [article])
    member = members.Member(
        member_id="a" * 24, tier="platinum", phone_masked="138****5678", stores=(STORE, OTHER)
    )
    await members.put_members(hq.db, [member])
    await stock.set_stock(hq.db, STORE, {"6" * 64: 1_000})
    [coupon_id] = await hq.issue()
    await redeemed(store, coupon_id)
    await redeemed(other, coupon_id)
    await hq.settle()
    await hq.db.execute(
        "INSERT INTO parked (store, epoch, seq, code, detail, parked_at)"
        " VALUES ($1, 1, 1, 'occurred_at_out_of_range', $2, $3)",
        OTHER,
        "seen [/in] " + "x" * 200,
        NOON,
    )
    return coupon_id


async def test_every_list_is_whole_and_readable(
    hq: HeadOffice, hq_dsn: str, keys_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORE_HQ_DATABASE__DSN", hq_dsn)
    monkeypatch.setenv("STORE_HQ_PATHS__KEYS_DIR", str(keys_dir))
    coupon_id = await fill(hq)
    tables = {words: await printed(monkeypatch, *words) for words in LISTS}

    for words, headings in LISTS.items():
        lines = tables[words]
        assert [word for word in headings.split() if word not in " ".join(lines[:2])] == []
        assert [line for line in lines if cell_len(line.rstrip()) > COLUMNS] == []
        assert "…" not in "".join(lines)
    whole = {
        ("stores", "list"): [STORE, OTHER],
        ("members", "list"): ["a" * 24, "138****5678"],
        ("events", "list"): [STORE, OTHER, "coupon.redeemed"],
        ("parked", "list"): [OTHER, "occurred_at_out_of_range", "[/in]"],
        ("cases", "list"): [coupon_id, STORE, OTHER],
    }
    for words, values in whole.items():
        assert [value for value in values if value not in "\n".join(tables[words])] == []


def test_a_pipe_gets_each_row_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([Row("a " * 150)], as_json=False, empty="", columns={"words": "WORDS"})

    assert len(capsys.readouterr().out.splitlines()) == 2


def test_what_a_store_sent_commands_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "T1\x1b]0;owned\x07\x1b[2J\x9b2J\r\n\u202e收银"
    print_rows([Row(hostile)], as_json=False, empty="", columns={"words": "TILL"})
    told = capsys.readouterr().out
    assert all(sign.isprintable() for line in told.split("\n") for sign in line)
    assert told.split("\n")[1].startswith("T1\ufffd]0;owned")
    assert "收银" in told
