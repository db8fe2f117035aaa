"""The laboratory: real parts of the outside world that tests and the demo start and break."""
