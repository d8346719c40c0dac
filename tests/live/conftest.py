"""What all live tests of a worker share."""

from collections.abc import Iterator

import pytest

from .run import World, world


@pytest.fixture(scope="session")
def around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Upstreams, keys and the JWKS server."""
    with world(tmp_path_factory.mktemp("world")) as it:
        yield it
