"""Files with secrets in them."""

from __future__ import annotations

from pathlib import Path


def write_secret(file: Path, text: str) -> None:
    """Write a file that only its owner can read, from its first byte on; replaces an older one."""
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(text)
