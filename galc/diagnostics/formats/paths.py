"""File names as CI systems want them: relative to where galc runs, with slashes."""

from pathlib import Path
from urllib.parse import quote


def relative(name: str) -> str:
    """A name below the working directory, without `./`; any other stays as it is.

    >>> relative("./gateways/shop.gal")
    'gateways/shop.gal'
    """
    path = Path(name)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return path.as_posix()


def uri(name: str) -> str:
    """A name as a URI reference.

    >>> uri("my gateways/shop.gal")
    'my%20gateways/shop.gal'
    """
    path = relative(name)
    return Path(path).as_uri() if Path(path).is_absolute() else quote(path)
