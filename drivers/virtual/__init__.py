"""Simulated devices that speak the real ones' bytes, for demo, tests and bench."""
