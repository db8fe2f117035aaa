"""From a printout to the bytes that the printer takes."""
