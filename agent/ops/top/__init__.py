"""`store-agent top`: scans, queue, line and devices as they are, on a terminal."""
