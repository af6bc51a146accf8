"""The embedded Valkey: a password, and data that survives a kill."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.exceptions import AuthenticationError

from core import bus
from core.embedded.ports import any_free
from core.embedded.process import ServerProcess, wait_until
from core.embedded.valkey import ValkeyServer


def _start(server: ValkeyServer) -> ServerProcess:
    server.prepare()
    process = ServerProcess(server.command(), server.directory / "log")
    process.start()
    wait_until(server.is_ready, seconds=10, alive=process.alive, what="Valkey")
    return process


async def test_written_keys_survive_a_kill(tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path / "with space", any_free())
    process = _start(server)
    client = bus.connect(server.url)
    await client.set("kept", "yes")
    await client.aclose()
    process.kill()

    process = _start(server)
    client = bus.connect(server.url)
    assert await client.get("kept") == b"yes"
    await client.aclose()
    assert process.stop() == 0


async def test_a_password_is_asked_for_and_stands_in_no_argument_list(tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path, any_free())
    process = _start(server)
    stranger = bus.connect(f"redis://127.0.0.1:{server.port}/0")
    with pytest.raises(AuthenticationError):
        await stranger.get("kept")
    await stranger.aclose()
    password = server.url.split("@", maxsplit=1)[0].rpartition(":")[2]
    assert password not in " ".join(server.command().leashed())
    assert (tmp_path / "valkey.conf").stat().st_mode & 0o077 == 0
    process.stop()
