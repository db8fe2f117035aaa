"""What can be wrong with what an operator asks."""


class AdminError(Exception):
    """It can't be done; the message says what to do instead."""
