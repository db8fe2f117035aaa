"""Hello and the intake of events."""
