"""Scanners and the keyboard wedge."""
