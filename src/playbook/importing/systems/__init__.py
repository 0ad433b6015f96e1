"""One system a file: how its export is recognised and read."""
