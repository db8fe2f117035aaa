"""The doctor: each check meets its bad state for real."""
