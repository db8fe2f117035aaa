"""Cash: shifts, the drawer and closings."""
