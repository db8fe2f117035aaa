"""Promotions: what the price book takes off a basket, and why."""
