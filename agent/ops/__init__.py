"""What store IT looks at: the outbox, the journal's chain, tables for a terminal."""
