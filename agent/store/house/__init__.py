"""The house: status, devices, training and housekeeping."""
