"""`store-agent setup`: from a fresh PC to a store that sells, asked for or unattended."""
