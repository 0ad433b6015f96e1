"""All of a run: planned, made, published whole, written down, verified."""
