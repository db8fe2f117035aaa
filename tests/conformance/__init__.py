"""What every device of a kind keeps, real, virtual or brought by somebody else."""
