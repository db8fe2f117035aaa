"""The commands of store-hq, each a module of its name with `configure(command)`."""
