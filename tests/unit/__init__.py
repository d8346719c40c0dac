"""Unit tests, each module named after the one that it tests."""
