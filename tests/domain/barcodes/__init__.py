"""What bar codes say."""
