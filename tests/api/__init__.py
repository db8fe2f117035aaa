"""The local API, over real HTTP, on a real store database."""
