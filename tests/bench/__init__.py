"""Figures of the store agent and of head office, each beside this machine's own floor."""
