"""The database: what is on disk, and what is refused."""
