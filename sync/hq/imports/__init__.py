"""Tables that head office takes from files: what they change, written down so it can be undone."""
