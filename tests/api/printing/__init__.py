"""Papers and the drawer by the local API, on a printer that answers."""
