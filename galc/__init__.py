"""galc: one gateway file, compiled for every API gateway, with the same behaviour on each."""

__version__ = "0.1.0"
