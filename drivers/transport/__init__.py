"""Ways to a device: serial lines, TCP, and nodes of the file system, all opened as one `Link`."""
