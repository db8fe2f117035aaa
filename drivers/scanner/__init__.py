"""Scanners: from bytes or key presses to whole codes."""
