"""store-hq issue: coupons as signed tokens."""

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile

from agent.base.clock import DAY_MS
from agent.domain.coupons.opaque import MAX_USES
from agent.domain.coupons.token import Channel
from sync.hq.commands.command import Command, Session, administrative, positive
from sync.hq.commands.language import say
from sync.hq.commands.member_id import MEMBER_ID
from sync.hq.commands.moment import FORMS, Moment, beginning, ending
from sync.hq.commands.reasons import why
from sync.hq.coupons.coupons import MAX_ISSUE, IssuedCoupon, Terms, check_good, issue_coupons
from sync.hq.coupons.opaque_codes import issue_codes, issue_passphrase
from sync.hq.errors import AdminError

QR_SCALE = 4
"""Pixels of one module in a PNG."""


def configure(command: Command) -> None:
    """Describe the command."""
    command.option("--campaign", type=positive, required=True, metavar="NUMBER")
    command.option("--store", metavar="CODE", help="the only store that may take them")
    most = say("default {count}, at most {most}", count=1, most=MAX_ISSUE)
    command.option("--count", type=positive, default=1, help=most)
    command.option("--member", metavar="ID", help=MEMBER_ID)
    command.option("--channel", choices=["online", "offline"], default="online")
    command.option("--not-before", type=beginning, default=Moment(), metavar="WHEN", help=FORMS)
    command.option(
        "--expires",
        type=ending,
        default=Moment(span_ms=30 * DAY_MS),
        metavar="WHEN",
        help=say("default {span}", span="30d"),
    )
    command.option(
        "--opaque",
        action="store_true",
        help="short codes to type or scan in place of signed ones; needs --store",
    )
    command.option(
        "--passphrase",
        metavar="TEXT",
        help=say(
            "a spoken passphrase (报暗号) for all --count coupons, at most {most}; needs --store",
            most=MAX_USES,
        ),
    )
    command.option("--qr", type=Path, metavar="DIR", help="write each as PNG and SVG there too")
    command.example(
        "store-hq issue --campaign 1 --store MB001 --count 3",
        "store-hq issue --campaign 2 --count 100 --expires 2027-06-30 --qr coupons/",
        "store-hq issue --campaign 1 --store MB001 --count 50 --passphrase 春天来了",
    ).runs(administrative(_issue))


async def _issue(session: Session) -> None:
    args = session.args
    terms = Terms(
        campaign=args.campaign,
        not_before=session.at(args.not_before),
        expires=session.at(args.expires),
        store=args.store,
        member=args.member,
        channel=Channel[args.channel.upper()],
    )
    check_good(terms, now=session.now)
    if args.opaque or args.passphrase is not None:
        await _issue_opaque(session, terms)
        return
    if args.qr is not None:
        _ensure_writable(args.qr)
    issued = await issue_coupons(
        session.connection, session.key_store, terms, count=args.count, now=session.now
    )
    # HQ keeps no token: they are out before anything else can fail.
    session.tell(issued, *(coupon.token for coupon in issued))
    _tell_run(session, terms, issued[0].run, len(issued))
    if args.qr is not None:
        sys.stdout.flush()
        write_qr_images(issued, args.qr)


async def _issue_opaque(session: Session, terms: Terms) -> None:
    args, connection, now = session.args, session.connection, session.now
    if args.qr is not None or (args.opaque and args.passphrase is not None):
        raise AdminError("--opaque, --passphrase and --qr: one of them at a time")
    if args.passphrase is None:
        issued = await issue_codes(connection, terms, count=args.count, now=now)
    else:
        issued = [
            await issue_passphrase(connection, terms, args.passphrase, uses=args.count, now=now)
        ]
    session.tell(issued, *(one.code for one in issued))
    _tell_run(session, terms, issued[0].run, sum(len(one.coupon_ids) for one in issued))


def _tell_run(session: Session, terms: Terms, run: int, count: int) -> None:
    """Say on stderr what the printed codes are, so that stdout holds nothing else."""
    words = say(
        "coupons of campaign {campaign}: {count}, good until {expires}; issue run {run}: "
        "`store-hq coupon list --run {run}`",
        count=count,
        campaign=terms.campaign,
        expires=session.shown(terms.expires, is_end=True),
        run=run,
    )
    print(words, file=sys.stderr)


def write_qr_images(coupons: Sequence[IssuedCoupon], directory: Path) -> None:
    """Write COUPON_ID.png and COUPON_ID.svg of each coupon into `directory`; AdminError."""
    import segno

    for coupon in coupons:
        image = segno.make_qr(coupon.token, error="m")
        for kind in ("png", "svg"):
            file = directory / f"{coupon.coupon_id}.{kind}"
            try:
                image.save(str(file), scale=QR_SCALE)
            except OSError as error:
                raise AdminError(
                    "the coupons are issued, the tokens above are good; {file} can't be written:"
                    " {why}",
                    file=file,
                    why=why(error),
                ) from None


def _ensure_writable(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise AdminError(
            "no coupon is issued: {directory} takes no images: {why}",
            directory=directory,
            why=why(error),
        ) from None
