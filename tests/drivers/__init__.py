"""Devices: their bytes, their connections, and what is told of them."""
