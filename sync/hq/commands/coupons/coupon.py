"""store-hq coupon: single coupons."""

from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.output import print_json
from sync.hq.coupons.coupons import revoke_coupon


def configure(command: Command) -> None:
    """Describe the command."""
    revoke = command.action("revoke", help="revoke a coupon; the stores hear of it")
    revoke.option("coupon_id", metavar="COUPON_ID", help="24 hex digits, as `issue --json` prints")
    revoke.example("store-hq coupon revoke 0123456789abcdef01234567")
    revoke.runs(administrative(_revoke))


async def _revoke(session: Session) -> None:
    coupon_id = session.args.coupon_id
    await revoke_coupon(session.connection, coupon_id, now=session.now)
    if session.as_json:
        print_json({"coupon_id": coupon_id, "revoked": True})
    else:
        print(f"{coupon_id} is revoked")
