"""The line to head office: journal, outbox, feed and time."""
