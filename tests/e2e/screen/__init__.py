"""What holds on every screen."""
