"""Asterisk as a child process: written configuration in, a running and examined PBX out."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from core.embedded.process import ServerCommand, ServerProcess
from core.errors import Unavailable
from telephony.asterisk.pbx import configuration, modules
from telephony.asterisk.pbx.certificate import self_signed
from telephony.asterisk.pbx.configuration import PbxConfig, Places
from telephony.asterisk.pbx.install import Installation, assemble_data
from telephony.asterisk.pbx.probe import Probe, value

STOP_SECONDS = 5.0
PORT_SECONDS = 3.0
_SOCKET_PATH_BYTES = 107
_LOG_BYTES = 5_000_000


class PbxFailed(Unavailable):
    """Asterisk was there but did not come up as it should; the message has its last words."""


@dataclass(frozen=True)
class RunningPbx:
    """A started Asterisk, FullyBooted, every needed module loaded. Secrets are in `ami_secret` and `ami_url`."""

    places: Places
    server: ServerProcess
    boot_seconds: float
    has_browser_phones: bool

    @property
    def config(self) -> PbxConfig:
        """What it was started from."""
        return self.places.config

    @property
    def version(self) -> str:
        """Like `22.10.1`."""
        return self.places.installation.version

    @property
    def pid(self) -> int:
        """Process id of Asterisk."""
        return self.server.pid

    @property
    def ami_host(self) -> str:
        """Where its AMI listens."""
        return self.config.ami_bind_address

    @property
    def ami_port(self) -> int:
        """Port of its AMI."""
        return self.config.ports.ami

    @property
    def ami_user(self) -> str:
        """The AMI user of Hotline."""
        return self.config.ami_user

    @property
    def ami_secret(self) -> str:
        """That user's secret."""
        return self.config.ami_secret

    @property
    def ami_url(self) -> str:
        """`ami://user:secret@host:port`, what AMI_URL takes."""
        return f"ami://{quote(self.ami_user)}:{quote(self.ami_secret)}@{self.ami_host}:{self.ami_port}"

    @property
    def ws_url(self) -> str:
        """Where a browser phone on this machine connects; empty when this Asterisk cannot serve browsers."""
        return f"ws://{self.config.bind_address}:{self.config.ports.http}/ws" if self.has_browser_phones else ""

    @property
    def wss_url(self) -> str:
        """The same over TLS; empty without a certificate."""
        usable = self.has_browser_phones and self.places.certificate
        return f"wss://{self.config.bind_address}:{self.config.ports.wss}/ws" if usable else ""

    @property
    def sip_port(self) -> int:
        """UDP port of SIP."""
        return self.config.ports.sip

    @property
    def trunk_address(self) -> str:
        """The address that a test caller has to bind so that its calls are taken for the trunk's."""
        return next((host for trunk in self.config.trunks for host in trunk.match), "")

    @property
    def agents_file(self) -> Path:
        """The included file of agents' phones."""
        return self.config.agents_file

    @property
    def log_path(self) -> Path:
        """Asterisk's notices, warnings and errors."""
        return self.config.directory / "log/messages.log"

    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.server.alive()

    def stop(self) -> None:
        """SIGTERM, then SIGKILL after 5 s; calls end. Harmless when it has stopped already."""
        self.server.stop()
        shutil.rmtree(self.places.run, ignore_errors=True)

    def kill(self) -> None:
        """SIGKILL, for tests of faults; call `stop` afterwards."""
        self.server.kill()


def start(config: PbxConfig, installation: Installation, timeout_seconds: float = 30.0) -> RunningPbx:
    """Write the configuration, start Asterisk, wait for FullyBooted, ask for every needed module.

    Call it from a thread that lives on: the kernel ends Asterisk together with the thread that started it. Raises
    PbxFailed (`pbx.port_taken`, `pbx.start_failed`, `pbx.modules_missing`).
    """
    began = time.monotonic()
    _wait_for_ports(config)
    places = prepare(config, installation)
    server = ServerProcess(server_command(places), config.directory / "log/console.log")
    try:
        server.start()
        has_browser_phones = await_boot(config, server.alive, timeout_seconds)
    except BaseException:
        server.stop()
        shutil.rmtree(places.run, ignore_errors=True)
        raise
    return RunningPbx(places, server, time.monotonic() - began, has_browser_phones)


def prepare(config: PbxConfig, installation: Installation) -> Places:
    """Make the directories and write the configuration, without starting anything."""
    for name in ("etc", "log", "db", "spool", "cache", "data"):
        (config.directory / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    assemble_data(installation, config.directory / "data")
    for name in ("console.log", "messages.log"):
        _keep_small(config.directory / "log" / name)
    certificate = config.tls_certificate
    if certificate is None and config.ports.wss:
        certificate = self_signed(config.directory / "wss.pem", config.bind_address)
    places = Places(config, installation, _run_directory(config.directory), config.directory / "data", certificate)
    configuration.write(places)
    return places


def _run_directory(directory: Path) -> Path:
    """An empty directory for the control socket, whose whole path the kernel limits to 107 bytes."""
    run = directory / "run"
    if len(os.fsencode(run / "asterisk.ctl")) > _SOCKET_PATH_BYTES:
        return Path(tempfile.mkdtemp(prefix="hotline-pbx-"))
    shutil.rmtree(run, ignore_errors=True)
    run.mkdir(parents=True)
    return run


def server_command(places: Places) -> ServerCommand:
    """What a supervisor runs; it ends with its parent."""
    program, file = places.installation.program, str(places.etc / "asterisk.conf")
    return ServerCommand(
        name="asterisk",
        argv=tuple(program.command("-f", "-C", file)),
        environment=dict(program.env),
        stop_seconds=STOP_SECONDS,
        directory=places.config.directory,
        mark=file,
    )


def await_boot(config: PbxConfig, alive: Callable[[], bool], timeout_seconds: float = 30.0) -> bool:
    """Wait for FullyBooted and check modules; False when only those for phones in browsers are missing."""
    deadline = time.monotonic() + timeout_seconds
    with _connect(config, alive, deadline) as probe:
        if value(probe.login(), "Response") != "Success":
            raise _failure("pbx.start_failed", "Asterisk refused our AMI user", config)
        if probe.wait_event("FullyBooted", max(0.1, deadline - time.monotonic())) is None:
            raise _failure("pbx.start_failed", f"Asterisk was not ready after {timeout_seconds:.0f} s", config)
        missing = missing_modules(probe, modules.REQUIRED)
        if missing:
            raise _failure("pbx.modules_missing", f"Asterisk came up without {', '.join(missing)}", config)
        return not missing_modules(probe, modules.REQUIRED_FOR_BROWSERS)


def missing_modules(probe: Probe, names: tuple[str, ...]) -> list[str]:
    """Those of the modules that are not loaded."""
    return [name for name in names if value(probe.action("ModuleCheck", Module=name), "Response") != "Success"]


def _connect(config: PbxConfig, alive: Callable[[], bool], deadline: float) -> Probe:
    while True:
        if not alive():
            raise _failure("pbx.start_failed", "Asterisk ended while it was starting", config)
        try:
            return Probe(config.ami_bind_address, config.ports.ami, config.ami_user, config.ami_secret)
        except Unavailable as error:
            if time.monotonic() > deadline:
                raise _failure("pbx.start_failed", "Asterisk's AMI did not open", config) from error
        time.sleep(0.02)


def _failure(code: str, what: str, config: PbxConfig) -> PbxFailed:
    words = [line for name in ("log/console.log", "log/messages.log") for line in _tail(config.directory / name)]
    return PbxFailed(code, what + "".join(f"\n  {line}" for line in words))


def _tail(path: Path, count: int = 8) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()[-count:]
    except OSError:
        return []


def _keep_small(path: Path) -> None:
    if path.exists() and path.stat().st_size > _LOG_BYTES:
        path.replace(path.with_name(path.name + ".1"))


def _wait_for_ports(config: PbxConfig) -> None:
    """Asterisk only logs that a port is taken. One of ours whose starter was killed needs a moment to leave."""
    deadline = time.monotonic() + PORT_SECONDS
    while taken := _taken_ports(config):
        if time.monotonic() > deadline:
            raise PbxFailed("pbx.port_taken", f"ports that the PBX needs are taken: {', '.join(map(str, taken))}")
        time.sleep(0.05)


def _taken_ports(config: PbxConfig) -> list[int]:
    ports, stream, datagram = config.ports, socket.SOCK_STREAM, socket.SOCK_DGRAM
    wanted = [(config.bind_address, ports.sip, datagram), (config.bind_address, ports.http, stream),
              (config.ami_bind_address, ports.ami, stream), (config.bind_address, ports.wss, stream)]  # fmt: skip
    return [port for host, port, kind in wanted if port and not _is_free(host, port, kind)]


def _is_free(host: str, port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind == socket.SOCK_STREAM)
        try:
            attempt.bind((host, port))
        except OSError:
            return False
        return True
