"""store-hq issue: coupons as signed tokens."""

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile

from agent.base.clock import DAY_MS
from agent.domain.coupons.opaque import MAX_USES
from agent.domain.coupons.token import Channel
from sync.hq.commands.command import Command, Session, administrative, positive
from sync.hq.commands.moment import FORMS, Moment, moment
from sync.hq.commands.output import print_json
from sync.hq.coupons.coupons import MAX_ISSUE, IssuedCoupon, Terms, issue_coupons
from sync.hq.coupons.opaque_codes import issue_codes, issue_passphrase
from sync.hq.errors import AdminError

QR_SCALE = 4
"""Pixels of one module in a PNG."""


def configure(command: Command) -> None:
    """Describe the command."""
    command.option("--campaign", type=positive, required=True, metavar="NUMBER")
    command.option("--store", metavar="CODE", help="the only store that may take them")
    command.option("--count", type=positive, default=1, help=f"default 1, at most {MAX_ISSUE}")
    command.option("--member", metavar="ID", help="the member they belong to, 24 hex digits")
    command.option("--channel", choices=["online", "offline"], default="online")
    command.option("--not-before", type=moment, default=Moment(), metavar="WHEN", help=FORMS)
    command.option(
        "--expires",
        type=moment,
        default=Moment(span_ms=30 * DAY_MS),
        metavar="WHEN",
        help="default 30d",
    )
    command.option(
        "--opaque",
        action="store_true",
        help="short codes to type or scan in place of signed ones; needs --store",
    )
    command.option(
        "--passphrase",
        metavar="TEXT",
        help=f"a spoken passphrase (报暗号) for all --count coupons, at most {MAX_USES}; "
        "needs --store",
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
        not_before=args.not_before.at(session.now),
        expires=args.expires.at(session.now),
        store=args.store,
        member=args.member,
        channel=Channel[args.channel.upper()],
    )
    if args.opaque or args.passphrase is not None:
        await _issue_opaque(session, terms)
        return
    if args.qr is not None:
        _ensure_writable(args.qr)
    issued = await issue_coupons(
        session.connection, session.key_store, terms, count=args.count, now=session.now
    )
    # HQ keeps no token: they are out before anything else can fail.
    if session.as_json:
        print_json(issued)
    else:
        for coupon in issued:
            print(coupon.token)
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
    if session.as_json:
        print_json(issued)
    else:
        for one in issued:
            print(one.code)


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
                    f"the coupons are issued, the tokens above are good; {file} can't be written:"
                    f" {error.strerror}"
                ) from None


def _ensure_writable(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise AdminError(
            f"no coupon is issued: {directory} takes no images: {error.strerror}"
        ) from None
