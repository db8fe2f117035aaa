"""Commands about promotions."""
