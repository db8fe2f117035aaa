"""Refunds: what comes back of a sale, and what goes back to the customer."""
