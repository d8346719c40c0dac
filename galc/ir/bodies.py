"""What the language bounds in bodies that are changed (language section 4.8)."""

#: A longer body isn't looked at: 413 for a request, 502 for an answer.
MOST_BYTES = 4 * 1024 * 1024
#: Objects and arrays in one another, the body's own object included; a body that is nested more
#: deeply is refused, 400 or 502, because nobody has looked at all of it.
MOST_LEVELS = 500
#: Methods of requests that need no body.
WITHOUT_BODY = ("GET", "HEAD", "DELETE", "OPTIONS")
#: Headers with a digest of a body, which isn't that of a changed one (RFC 1864, 3230, 9530).
DIGESTS = ("Content-MD5", "Digest", "Content-Digest", "Repr-Digest")
