"""Who stands at the till: roles, the least first, and the language of the page."""

from enum import StrEnum


class Role(StrEnum):
    """What a person may do; each may do what those before it may."""

    CASHIER = "cashier"
    """收银员: sells, redeems, reprints, closes the own shift."""
    SUPERVISOR = "supervisor"
    """主管: also approves, refunds without limit, opens the drawer without a sale."""
    IT = "it"
    """门店IT: also looks after devices and cashiers."""

    def may_act_as(self, needed: "Role") -> bool:
        """Whether this role covers what `needed` may do."""
        return _RANK[self] >= _RANK[needed]


_RANK = {role: rank for rank, role in enumerate(Role)}


class Language(StrEnum):
    """What the till page speaks."""

    CHINESE = "zh-CN"
    ENGLISH = "en"
