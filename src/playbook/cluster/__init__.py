"""A workspace in shards, asked on one machine or on many."""
