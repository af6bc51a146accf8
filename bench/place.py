"""Where a measured product keeps its data: on the disk of the checkout, for commits must cost what they cost."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.embedded.places import open_directory
from core.settings import ROOT


@contextmanager
def on_disk(name: str) -> Iterator[Path]:
    """A fresh directory below ``var/bench``, removed afterwards."""
    below = ROOT / "var" / "bench"
    open_directory(below)
    home = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=below))
    home.chmod(0o755)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)
