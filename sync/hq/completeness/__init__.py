"""Completeness: whether all that stores did has come to head office, day by day."""
