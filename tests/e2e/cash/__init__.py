"""Shifts, drawer and closings."""
