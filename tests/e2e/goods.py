"""What customers bring in these tests: articles of tests/lab/data/articles.csv."""

MILK, MILK_NAME = "6901234000375", "纯牛奶 250ml"
"""¥3.50"""
RICE, RICE_NAME = "6901234001853", "东北大米 5kg"
"""¥49.90"""
OIL, OIL_NAME = "6901234002591", "花生油 1.8L"
"""¥56.90"""
COFFEE = "6901234005554"
"""¥39.90"""
MEMBER_LAST_FOUR = "4161"
THIRTY_LESS_FIVE, TENTH_OFF = "P1", "P4"
"""Promotions of tests/lab/data/promotions.csv: bound to a store, and good in every store."""


def scale_label(price_fen: int) -> str:
    """The label of the store's scale on loose apples that come to this price."""
    places = f"2200010{price_fen:05d}"
    weighted = sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(places))
    return f"{places}{-weighted % 10}"
