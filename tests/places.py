"""Where servers of a test run live: in memory when there is room, since nothing of theirs is kept."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MEMORY = Path("/dev/shm")
_ENOUGH_BYTES = 2 * 1024**3


@contextmanager
def open_directory(prefix: str) -> Iterator[Path]:
    """A directory that others can enter, because PostgreSQL refuses to run as root."""
    roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ENOUGH_BYTES
    made = Path(tempfile.mkdtemp(prefix=prefix, dir=_MEMORY if roomy else None))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
