"""The tests of the project, and the laboratory they work in."""
