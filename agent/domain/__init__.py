"""Pure rules of the till: no I/O, no clock, no randomness of their own."""
