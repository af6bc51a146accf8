"""A self-signed certificate for the secure websocket; a company puts its own in its place."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


def self_signed(path: Path, address: str) -> Path | None:
    """Make key and certificate in one file, once, valid for two years; None when openssl is not there."""
    if path.exists():
        return path
    openssl = shutil.which("openssl")
    if openssl is None:
        return None
    key, certificate = path.with_suffix(".key"), path.with_suffix(".crt")
    command = [
        openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-days", "730", "-subj", "/CN=hotline", "-addext", f"subjectAltName=IP:{address},DNS:localhost",
        "-keyout", str(key), "-out", str(certificate),
    ]  # fmt: skip
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        return None
    _join(path, key, certificate)
    return path


def _join(path: Path, key: Path, certificate: Path) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.touch(mode=0o600)
    fresh.write_text(key.read_text() + certificate.read_text())
    key.unlink()
    certificate.unlink()
    fresh.replace(path)
