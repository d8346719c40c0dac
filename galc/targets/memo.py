"""Routes that share a policy share what it is lowered to."""

from functools import lru_cache

#: For functions of policies: the same policy gives the same object, made and printed once.
shared = lru_cache(maxsize=4096)
