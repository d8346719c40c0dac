"""Reading: a `.gal` or YAML file becomes a tree of plain values, and that a typed `Document`."""
