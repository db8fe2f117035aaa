"""Articles at head office."""
