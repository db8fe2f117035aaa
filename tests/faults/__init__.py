"""Faults of the world around the agent, and what the agent makes of them."""
