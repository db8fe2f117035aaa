"""Backups of the stores."""
