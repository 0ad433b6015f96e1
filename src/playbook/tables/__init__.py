"""The tables of a workspace: declared, found, read, checked; what cannot be used is set aside and counted."""
