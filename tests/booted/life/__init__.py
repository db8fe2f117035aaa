"""Thirty days of a store's life in some minutes: what grows, and what stays as it is."""
