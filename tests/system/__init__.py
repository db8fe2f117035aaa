"""Real processes of the agent, from start to stop."""
