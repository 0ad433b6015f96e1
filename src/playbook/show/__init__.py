"""Codes become labels, frames become tables, files and pictures, here and nowhere else."""
