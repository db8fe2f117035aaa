"""Printing: what stands on papers, and their way to the printer."""
