"""The store agent: the daemon beside the till."""
