"""Backups of the stores, which head office keeps and can't read."""
