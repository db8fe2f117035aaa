"""Status, devices, training and housekeeping."""
