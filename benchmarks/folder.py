"""A temporary folder in which an embedded server may live, whoever starts it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def reachable_folder() -> Iterator[Path]:
    """A folder that is gone at the end. The server of a root user is somebody else, who must be able to pass."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder
