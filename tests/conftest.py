"""Snapshots: one folder a case, so that all that is made of one file lies side by side."""

# ruff: noqa: ARG002, ARG003  # the names are syrupy's
from pathlib import Path

import hypothesis
import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.data import SnapshotCollections
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation
from syrupy.types import SnapshotIndex

from .corpus import SNAPSHOTS

# Workers share their machine with gateways, so that a single example may take long.
hypothesis.settings.register_profile("galc", deadline=None)
hypothesis.settings.load_profile("galc")


class SideBySide(SingleFileSnapshotExtension):
    """A text as it is, in the file that the assertion names: `text == snapshot(name="a/b.yaml")`.

    Which files are stale can't be told from the tests that ran; `test_cases` tells from the cases.
    """

    _write_mode = WriteMode.TEXT
    file_extension = ""

    @classmethod
    def get_location(cls, *, test_location: PyTestLocation, index: SnapshotIndex) -> str:
        return str(SNAPSHOTS / str(index))

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        return str(SNAPSHOTS)

    @classmethod
    def matches_test_location(
        cls, *, test_location: PyTestLocation, snapshot_location: str
    ) -> bool:
        return Path(snapshot_location).is_relative_to(SNAPSHOTS)

    def discover_snapshots(
        self, *, test_location: PyTestLocation, ignore_extensions: list[str] | None = None
    ) -> SnapshotCollections:
        return SnapshotCollections()


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Compares with files below `snapshots`."""
    return snapshot.use_extension(SideBySide)
