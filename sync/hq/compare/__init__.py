"""Compare: whether a store and head office hold the same, and where the first difference is."""
