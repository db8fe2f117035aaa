"""The page /metrics of the agent, for Prometheus; docs/store-it/monitoring.md tells each figure."""
