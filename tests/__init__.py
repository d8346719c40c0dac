"""The tests of galc: a package, so that they can import one another."""
