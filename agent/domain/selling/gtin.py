"""GTINs (GS1 General Specifications §3): the article number behind a bar code."""


def gtin_of(code: str) -> str | None:
    """Return the 14-digit GTIN that `code` carries (EAN-8, UPC-A, EAN-13, GTIN-14, GS1 element
    string), None when it carries none with a right check digit."""
    if not _may_carry_gtin(code):
        return None
    # Loaded at the first bar code: coupons, the more urgent scans, do not need it.
    import biip

    result = biip.parse(code)
    return result.gtin.as_gtin_14() if result.gtin else None


def _may_carry_gtin(code: str) -> bool:
    """Tell apart what is short and bears no check digit, which biip would take for a UPC-E."""
    return len(code) >= 8 and code[:8].isdigit() and code.isascii()
