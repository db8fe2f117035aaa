"""The wire contract between a store and head office."""
