"""Use cases of the store: one a file."""
