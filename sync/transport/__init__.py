"""How a request gets to head office and back: by which way, and whose word the answer is."""
