"""Store PCs and head office as booted systems: `./run systemtest`; not collected by pytest."""
