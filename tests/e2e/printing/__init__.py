"""Papers and the print queue."""
