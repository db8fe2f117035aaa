"""A POS on the client that openapi-python-client makes: practises a sale, then sells."""

import os
from uuid import uuid4

from store_agent_client import AuthenticatedClient
from store_agent_client.api.sales import quote, sell
from store_agent_client.models import (
    LineOrder,
    Quote,
    QuoteStoreAgentMode,
    Sale,
    SellStoreAgentMode,
    Tender,
    TenderKind,
)
from store_agent_client.types import UNSET

AGENT = AuthenticatedClient(base_url=os.environ["AGENT"], token=os.environ["KEY"])
BASKET = Quote(
    till="T1",
    cashier="1001",
    lines=[LineOrder(sku="A001", unit_price_fen=12_000)],
    coupons=[os.environ["COUPON"]],
)

for practise in (True, False):
    quoted = quote.sync(
        client=AGENT,
        body=BASKET,
        store_agent_mode=QuoteStoreAgentMode.TRAINING if practise else UNSET,
    )
    cash = Tender(kind=TenderKind.CASH, amount_fen=quoted.payable_fen)
    sold = sell.sync(
        client=AGENT,
        body=Sale.from_dict(BASKET.to_dict() | {"tenders": [cash.to_dict()]}),
        idempotency_key=str(uuid4()),
        store_agent_mode=SellStoreAgentMode.TRAINING if practise else UNSET,
    )
    assert sold.recorded, sold
    print(sold.receipt, sold.payable_fen, sold.coupons[0].outcome.value)
