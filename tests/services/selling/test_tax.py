"""The tax in an article's price goes with its line into the sale, and onto the receipt."""

from agent.services.desk.store_desk import StoreDesk
from agent.services.line.apply_changes import ChangeApplier
from tests.services.cash.money import last_body, sold
from tests.services.chain import Chain
from tests.services.feed import change, page


async def test_a_sale_says_the_tax_of_each_line_where_its_article_has_one(
    chain: Chain, desk: StoreDesk
) -> None:
    await ChangeApplier(desk).apply(chain.page())
    milk = {"sku": "MILK", "name": "牛奶", "price_fen": 1_130, "tax_bp": 1_300}
    await ChangeApplier(desk).apply(page(change("article", "MILK", **milk)))

    lines = [{"sku": "MILK", "quantity": 1}, {"sku": "COLA-330", "quantity": 1}]
    await sold(desk, pay=1_480, lines=lines)

    body = await last_body(desk)
    assert [line.get("tax_bp") for line in body["lines"]] == [1_300, None]
    assert "tax_bp" not in body["lines"][1], "what has none says nothing of it"
