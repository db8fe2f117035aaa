"""Use cases, and the chain of one store that tests sell in."""
