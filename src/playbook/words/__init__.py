"""What is said: one thing in two languages, and errors for the person who can fix them."""
