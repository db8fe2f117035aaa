"""Outward: what head office tells the chain's other programs."""
