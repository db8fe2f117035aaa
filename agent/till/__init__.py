"""The cashier's page: a shell rendered here, and the ES modules that work in it."""
