"""Promotions: the chain's price book, kept with every version and told to the stores."""
