"""The wire contract between a store and head office: pure types and rules (docs/protocol.md)."""
