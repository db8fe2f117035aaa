"""Rollouts: settings and versions, handed to a share of the stores, stopped when they do harm."""
