"""`store-agent devices calibrate`: three codes are scanned, and settings come of it."""
