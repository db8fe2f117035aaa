"""The figures, each taken beside its floor."""
