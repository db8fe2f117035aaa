"""Members, with their points."""
