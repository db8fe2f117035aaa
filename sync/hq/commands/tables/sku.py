"""The column that names an article, the same in every clerk's file."""

from functools import partial
from typing import Final

from sync.hq.commands.tables.cells import code
from sync.hq.commands.tables.columns import Column

SKU: Final = Column(
    name="sku",
    also=("货号", "编码", "编号", "商品编码", "商品编号", "商品货号"),
    read=partial(code, column="sku"),
    required=True,
)
