"""Where a measured product keeps its data: on the disk of the checkout, for commits must cost what they cost."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.embedded.places import open_directory
from core.embedded.ports import any_free
from core.embedded.postgres import PostgresCluster
from core.embedded.process import ServerProcess, wait_until
from core.embedded.valkey import ValkeyServer
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


@contextmanager
def servers(name: str) -> Iterator[tuple[Path, str, str]]:
    """A durable PostgreSQL and a durable Valkey; their directory and their addresses."""
    with on_disk(name) as home:
        cluster, valkey = PostgresCluster(home / "postgres", any_free()), ValkeyServer(home / "valkey", any_free())
        cluster.prepare()
        valkey.prepare()
        running = [ServerProcess(each.command(), home / f"{each.command().name}.log") for each in (cluster, valkey)]
        try:
            for server, each in zip(running, (cluster, valkey), strict=True):
                server.start()
                wait_until(each.is_ready, seconds=30, alive=server.alive, what=server.command.name)
            yield home, cluster.url, valkey.url
        finally:
            for server in running:
                server.stop()
