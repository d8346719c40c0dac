"""Key sets, fetched while building, for targets that can't fetch them themselves."""

import urllib.error
import urllib.request
from http.client import HTTPException

from galc.cli import io

_MAX_BYTES = 1024 * 1024
_TIMEOUT_S = 10.0


def fetch(uri: str) -> str:
    """What stands behind a `jwks_uri`; the end of the program where nothing does.

    The language's own check has let only `http` and `https` through; a redirection may lead to no
    other scheme either.
    """
    try:
        with urllib.request.urlopen(uri, timeout=_TIMEOUT_S) as answer:
            data = answer.read(_MAX_BYTES + 1)
    except urllib.error.HTTPError as error:
        with error:  # it is the answer, too, and holds the connection
            io.fail(f"can't fetch {uri}: {error.code} {error.reason}")
    except (OSError, HTTPException, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        io.fail(f"can't fetch {uri}: {reason}")
    if len(data) > _MAX_BYTES:
        io.fail(f"can't fetch {uri}: it is longer than {_MAX_BYTES} bytes")
    return bytes(data).decode("utf-8", "replace")
