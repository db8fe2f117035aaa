"""Stock: pieces of each article in a store."""
