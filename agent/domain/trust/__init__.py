"""Trust: keys, signed documents and policy."""
