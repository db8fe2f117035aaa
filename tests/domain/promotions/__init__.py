"""The price book: what it takes off, and that nothing better was to be had."""
