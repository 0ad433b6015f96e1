"""What is owed to whom, what was not done by the book, and how that was found."""
