"""The local HTTP API for POS and till page."""
