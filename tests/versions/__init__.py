"""What each released version wrote and was told: recorded once, replayed for ever."""
