"""Power loss at any moment: recorded system calls, a simulated disk, and what is left on it."""
