"""A playbook as data: its nouns, its grammar, how a file becomes one, and where each fact of the sources lives."""
