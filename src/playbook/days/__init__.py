"""Days of a time zone, business days, and the dates that people write."""
