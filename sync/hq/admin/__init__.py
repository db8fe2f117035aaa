"""Running head office: what the command line, the demo and the replay do with it.

Each function takes a connection and works in a transaction of its own.
"""
