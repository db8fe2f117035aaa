"""Lines to devices."""
