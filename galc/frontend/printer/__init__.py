"""A tree as source text, in either spelling: for `galc fmt` and `galc convert`.

What is printed reads back as the same tree. A printer first makes the lines (`gal`, `yaml`); then
the comments find their places among them (`lines`), and only then is it laid out as text.
"""

from galc.frontend.printer.comments import comments_of
from galc.frontend.printer.gal import print_gal
from galc.frontend.printer.lines import Comment
from galc.frontend.printer.yaml import print_yaml

__all__ = ["Comment", "comments_of", "print_gal", "print_yaml"]
