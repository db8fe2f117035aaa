"""store-hq as operators and scripts call it: words, JSON and exit codes."""
