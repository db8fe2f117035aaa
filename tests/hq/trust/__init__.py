"""Keys, documents and policy."""
