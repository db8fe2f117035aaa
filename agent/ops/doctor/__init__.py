"""Doctor: what is right and wrong with this store PC, why, and the command that mends it.

A check gathers facts, and judges them in a function of its own without I/O. Checks know nothing of
each other; all run at the same time, each with its own time-out.
"""
