"""What is known at a moment, and which due actions follow from it."""
