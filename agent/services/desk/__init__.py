"""The desk: what every use case stands on. It knows no subject; every subject knows it."""
