"""Pictures: each with its title, one sentence written from its numbers, and its table."""
