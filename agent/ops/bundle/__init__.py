"""`store-agent support-bundle`: what the support needs to know of a PC, and nobody's secrets."""
