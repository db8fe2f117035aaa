"""Displays towards the customer."""
