"""The door: a workspace, and one day of it with everything one can ask."""
