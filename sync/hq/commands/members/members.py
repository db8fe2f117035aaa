"""store-hq members: who collects points, and which stores know them."""

from pathlib import Path

from agent.base.clock import DAY_MS
from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.language import say
from sync.hq.commands.member_id import MEMBER_ID
from sync.hq.commands.moment import Moment, ending
from sync.hq.commands.table_file import read_table
from sync.hq.members.member_cards import member_card
from sync.hq.members.members import Member, list_members, mask_phone, put_members

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
    importing = command.action("import", help="add or change members from a CSV file")
    importing.explanation(
        "member_id is 24 hex digits (0-9, a-f): one for each member, made by the membership system"
        " and never changed, such as the first 24 of the SHA-256 of its own number with a secret"
        " in front. Neither phone nor card number: stores and receipts may show it."
    )
    importing.option(
        "file",
        type=Path,
        metavar="CSV",
        help="member_id, and maybe tier,points,phone,stores; phones are masked at once",
    )
    importing.example(
        "store-hq members import members.csv    # member_id,tier,points,phone,stores",
        "  0123456789abcdef01234567,gold,120,13812345678,MB001 MB002",
    ).runs(administrative(_import))

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


async def _import(session: Session) -> None:
    members = read_table(
        session.args.file,
        required=["member_id"],
        optional=["tier", "points", "phone", "stores"],
        row=_member,
    )
    await put_members(session.connection, members)
    session.tell({"members": len(members)}, say("{count} members", count=len(members)))


def _member(
    *, member_id: str, tier: str = "", points: str = "", phone: str = "", stores: str = ""
) -> Member:
    return Member(
        member_id=member_id,
        tier=tier,
        points=int(points or "0"),
        phone_masked=mask_phone(phone),
        stores=tuple(stores.split()),
    )
