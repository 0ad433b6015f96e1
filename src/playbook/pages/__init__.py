"""What each report says first, and the tables that only it has."""
