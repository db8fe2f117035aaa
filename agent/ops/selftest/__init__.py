"""Selftest: a POS's day by HTTP, in training mode; says what is right and what a client must do.

A client of the local API and nothing else: it knows the agent by its answers.
"""
