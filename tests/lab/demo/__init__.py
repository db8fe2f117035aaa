"""The demo: a chain of three stores on one machine, to look at, to sell in and to cut off."""
