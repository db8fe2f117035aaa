"""The till page in a real browser, on a real chain with virtual devices."""
