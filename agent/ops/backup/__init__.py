"""Backups: copies of what this PC holds, that only the holder of a key elsewhere can open."""
