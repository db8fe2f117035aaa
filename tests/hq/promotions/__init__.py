"""The price book at head office."""
