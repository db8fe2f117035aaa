"""Stores and head office on a time of our own, where everything goes wrong that can."""
