"""Printing typed configuration. Quoting lives here and nowhere else."""
