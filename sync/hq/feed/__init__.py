"""The change feed: what stores are told, in order."""
