"""store-hq coupon: what became of coupons, and revoking them."""

from sync.hq.commands.command import Command, Session, administrative, positive
from sync.hq.commands.confirm import asks, confirm
from sync.hq.commands.hits import coupons_hit, stores_hear
from sync.hq.commands.language import say
from sync.hq.commands.member_id import MEMBER_ID
from sync.hq.coupons.coupon_states import CouponStatus, list_coupons, tally
from sync.hq.coupons.issue_runs import list_runs
from sync.hq.coupons.revocations import find_coupons, revoke_all, revoke_coupons
from sync.hq.errors import AdminError

_COUPON = {
    "coupon_id": "COUPON",
    "campaign": "CAMPAIGN",
    "run": "RUN",
    "store": "STORE",
    "state": "STATE",
    "expires": "EXPIRES",
}
_RUN = {
    "run": "RUN",
    "campaign": "CAMPAIGN",
    "kind": "KIND",
    "issued_at": "ISSUED",
    "coupons": "COUPONS",
    "open": "OPEN",
    "used": "USED",
    "revoked": "REVOKED",
}


def configure(command: Command) -> None:
    """Describe the command."""
    listing = command.action("list", help="show coupons, the last issued first")
    listing.option("--campaign", type=positive, metavar="NUMBER")
    listing.option("--run", type=positive, metavar="NUMBER", help="those of one `issue`")
    listing.option("--member", metavar="ID", help=MEMBER_ID)
    listing.option(
        "--state",
        choices=[state.value for state in CouponStatus],
        help="open: good now; waiting: good later",
    )
    listing.option("--limit", type=positive, default=100)
    listing.example("store-hq coupon list --campaign 3 --state open").runs(administrative(_list))
    runs = command.action("runs", help="show issue runs: the coupons that were issued together")
    runs.option("--campaign", type=positive, metavar="NUMBER")
    runs.option("--limit", type=positive, default=100)
    runs.example("store-hq coupon runs --campaign 3").runs(administrative(_runs))
    revoke = command.action("revoke", help="revoke coupons; the stores hear of it")
    revoke.option(
        "codes",
        metavar="CODE",
        nargs="*",
        help="what the customer holds (a token, a short code, a passphrase) or a coupon's id",
    )
    revoke.option("--campaign", type=positive, metavar="NUMBER", help="all of a campaign")
    revoke.option("--run", type=positive, metavar="NUMBER", help="all of one `issue`")
    asks(revoke).example(
        "store-hq coupon revoke 0123456789abcdef01234567",
        "store-hq coupon revoke --run 7",
    ).runs(administrative(_revoke))


async def _list(session: Session) -> None:
    args = session.args
    coupons = await list_coupons(
        session.connection,
        campaign=args.campaign,
        run=args.run,
        member=args.member,
        state=args.state,
        limit=args.limit,
        now=session.now,
    )
    session.show(coupons, empty="no such coupon", columns=_COUPON)


async def _runs(session: Session) -> None:
    args = session.args
    runs = await list_runs(
        session.connection, campaign=args.campaign, limit=args.limit, now=session.now
    )
    session.show(runs, empty="no coupon was issued", columns=_RUN)


async def _revoke(session: Session) -> None:
    args = session.args
    named = [bool(args.codes), args.campaign is not None, args.run is not None]
    if sum(named) != 1:
        raise AdminError("name coupons by their codes, or all of a --campaign, or all of a --run")
    if args.codes:
        await _revoke_codes(session)
    else:
        await _revoke_all(session)


async def _revoke_codes(session: Session) -> None:
    found = [await find_coupons(session.connection, code) for code in session.args.codes]
    ids = list(dict.fromkeys(one for each in found for one in each))
    if len(ids) > len(session.args.codes):
        confirm(session, [say("coupons that these codes stand for: {count}", count=len(ids))])
    revoked = await revoke_coupons(session.connection, ids, now=session.now)
    if len(ids) == 1:
        session.tell(
            {"coupon_id": ids[0], "revoked": True}, say("{coupon} is revoked", coupon=ids[0])
        )
    else:
        _tell(session, revoked)


async def _revoke_all(session: Session) -> None:
    args, connection = session.args, session.connection
    count = await tally(connection, campaign=args.campaign, run=args.run, now=session.now)
    if not count.coupons:
        raise AdminError("no coupon was issued there; `store-hq coupon runs` shows what was")
    confirm(session, [coupons_hit(count), await stores_hear(session)])
    _tell(
        session,
        await revoke_all(connection, campaign=args.campaign, run=args.run, now=session.now),
    )


def _tell(session: Session, revoked: int) -> None:
    session.tell({"revoked": revoked}, say("coupons revoked: {count}", count=revoked))
