"""store-hq members: who collects points, and which stores know them."""

import re
from functools import partial

from agent.base.clock import DAY_MS
from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.language import say
from sync.hq.commands.member_id import MEMBER_ID
from sync.hq.commands.moment import Moment, ending
from sync.hq.commands.tables.cells import (
    SCIENTIFIC,
    bare,
    code,
    made_a_number,
    unwrapped,
    whole,
    words,
)
from sync.hq.commands.tables.columns import Column
from sync.hq.commands.tables.importing import Files, imports, undoes
from sync.hq.errors import AdminError
from sync.hq.members.member_cards import member_card
from sync.hq.members.member_files import MemberFiles
from sync.hq.members.members import MAX_POINTS, check_id, list_members, mask_phone
from sync.hq.wallet.secret import wallet_link

MAX_TIER_CHARS = 32
MAX_STORES_CHARS = 20_000

_COLUMNS = {
    "member_id": "MEMBER",
    "tier": "TIER",
    "points": "POINTS",
    "phone_masked": "PHONE",
    "stores": "STORES",
}


def configure(command: Command) -> None:
    """Describe the command."""
    command.action("list", help="show the members").runs(administrative(_list))
    importing = command.action("import", help="add or change members from a table file")
    importing.explanation(
        "member_id is 24 hex digits (0-9, a-f): one for each member, made by the membership system"
        " and never changed, such as the first 24 of the SHA-256 of its own number with a secret"
        " in front. Neither phone nor card number: stores and receipts may show it."
    )
    importing.example(
        "store-hq members import members.csv --dry-run    # member_id,tier,points,phone,stores",
        "  0123456789abcdef01234567,gold,120,13812345678,MB001 MB002",
    )
    imports(
        importing,
        FILES,
        help="member_id, and maybe tier,points,phone,stores; phones are masked at once",
    )
    undoes(command.action("undo", help="take the last import of members back"), FILES)
    card = command.action("card", help="print a member's code, as their app shows it")
    card.option("member_id", metavar="ID", help=MEMBER_ID)
    card.option(
        "--expires",
        type=ending,
        default=Moment(span_ms=DAY_MS),
        metavar="WHEN",
        help=say("default {span}", span="1d"),
    )
    card.example("store-hq members card 0123456789abcdef01234567 --expires 10m")
    card.runs(administrative(_card))
    wallet = command.action(
        "wallet-link", help="print the address at which a member sees their coupons"
    )
    wallet.option("member_id", metavar="ID", help=MEMBER_ID)
    wallet.option(
        "--expires",
        type=ending,
        default=Moment(span_ms=DAY_MS),
        metavar="WHEN",
        help=say("default {span}", span="1d"),
    )
    wallet.explanation(
        "Whoever has the address is the member there, until it expires (31 days at most): give it"
        " out in the chain's own app, behind its own sign-in."
    )
    wallet.example("store-hq members wallet-link 0123456789abcdef01234567 --expires 12h --json")
    wallet.runs(administrative(_wallet_link))


async def _wallet_link(session: Session) -> None:
    url = session.settings.wallet.url
    if not url:
        raise AdminError("[wallet] url is not set: where members reach the wallet's page")
    link = await wallet_link(
        session.connection,
        session.args.member_id,
        expires=session.at(session.args.expires),
        now=session.now,
    )
    address = f"{url}/wallet/{link}"
    session.tell({"member_id": session.args.member_id, "url": address}, address)


async def _card(session: Session) -> None:
    token = await member_card(
        session.connection,
        session.key_store,
        session.args.member_id,
        expires=session.at(session.args.expires),
        now=session.now,
    )
    session.tell({"member_id": session.args.member_id, "token": token}, token)


async def _list(session: Session) -> None:
    members = await list_members(session.connection)
    empty = "no member yet; `store-hq members import` adds some"
    session.show(members, empty=empty, columns=_COLUMNS)


def _kept_points(count: int, members: str) -> str:
    return say(
        "points are taken of new members only, later the sales decide; these known ones keep"
        " theirs: {count} ({members})",
        count=count,
        members=members,
    )


def _points(cell: str) -> int:
    if not cell:
        return 0
    return whole(cell, column="points", least=-MAX_POINTS, most=MAX_POINTS)


def _stores(cell: str) -> list[str]:
    text = words(unwrapped(cell), column="stores", most=MAX_STORES_CHARS)
    return sorted(set(re.split(r"[\s,;、]+", text)) - {""})


def _member_id(cell: str) -> str:
    member_id = code(cell, column="member_id").lower()
    check_id(member_id)
    return member_id


def _phone(cell: str) -> str:
    number = bare(cell, "phone")
    if SCIENTIFIC.fullmatch(number):
        raise made_a_number("phone", cell)
    digits = re.sub(r"[-.()]", "", number)
    return mask_phone(re.sub(r"^(?:\+|00)?86(?=\d{11}$)", "", digits))


FILES = Files(
    name="members",
    command="store-hq members undo",
    columns=(
        Column(
            name="member_id",
            also=("会员编号", "会员号", "会员id"),
            read=_member_id,
            required=True,
        ),
        Column(
            name="tier",
            also=("等级", "会员等级"),
            read=partial(words, column="tier", most=MAX_TIER_CHARS),
        ),
        Column(name="points", also=("积分",), read=_points),
        Column(
            name="phone",
            also=("手机", "手机号", "手机号码", "电话"),
            field="phone_masked",
            read=_phone,
        ),
        Column(name="stores", also=("门店",), read=_stores),
    ),
    table=lambda _session: MemberFiles(),
    tell_kept=_kept_points,
)
