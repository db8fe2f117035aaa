"""What store IT and POS vendors do on a terminal."""
