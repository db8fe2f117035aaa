"""The way in: who may ask, from which page, and with which key or session."""
