"""The checks, one subject a module."""
