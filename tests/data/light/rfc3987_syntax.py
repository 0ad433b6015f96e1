"""Stands in the way of a library that takes two seconds of every process that reads a notebook, and is used by none."""

raise ImportError
