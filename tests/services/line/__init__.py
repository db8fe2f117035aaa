"""Journal, outbox, feed and time."""
