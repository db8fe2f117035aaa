"""Commands on damaged files: `python -m tests.ops.damaged --help`."""
