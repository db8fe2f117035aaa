"""What the selftest asks for: made-up articles with prices of their own, at a till of its own."""

from typing import Any

from agent.ops.selftest.wire import NEW, Reply, Wire

API = "/api/v1/"
STATUS, SCANS, QUOTES, SALES = f"{API}status", f"{API}scans", f"{API}quotes", f"{API}sales"
REDEMPTIONS = f"{API}redemptions"
OPENAPI = "/openapi.json"
TILL, CASHIER = "SELFTEST", "selftest"
AT_TILL = {"till": TILL, "cashier": CASHIER}
PAYABLE_FEN = 2_500


def basket(**more: Any) -> dict[str, Any]:
    """Return a basket of 25.00 yuan without coupons."""
    lines = [{"sku": "SELFTEST-1", "quantity": 2, "unit_price_fen": PAYABLE_FEN // 2}]
    return {**AT_TILL, "lines": lines, **more}


def sale(pay_fen: int = PAYABLE_FEN, **more: Any) -> dict[str, Any]:
    """Return the same, paid in cash."""
    return basket(tenders=[{"kind": "cash", "amount_fen": pay_fen}], **more)


async def sell(wire: Wire, *, key: str = NEW) -> Reply:
    """Record one sale; raise UnexpectedError unless it is recorded."""
    return (await wire.post(SALES, sale(), key=key)).expect(201)
