"""The matrix of faults: `./run faults` runs each of them, and prints what came of it."""
