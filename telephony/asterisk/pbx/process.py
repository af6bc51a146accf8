"""Asterisk as a child process: written configuration in, a running and examined PBX out."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from core.errors import Unavailable
from telephony.asterisk.pbx import configuration, modules
from telephony.asterisk.pbx.certificate import self_signed
from telephony.asterisk.pbx.configuration import PbxConfig, Places
from telephony.asterisk.pbx.install import Installation, assemble_data
from telephony.asterisk.pbx.probe import Probe, value

_STOP_SECONDS = 5.0


class PbxFailed(Unavailable):
    """Asterisk was there but did not come up as it should; the message has its last words."""


@dataclass(frozen=True)
class RunningPbx:
    """A started Asterisk, FullyBooted, every needed module loaded. Secrets are in `ami_secret` and `ami_url`."""

    config: PbxConfig
    version: str
    process: subprocess.Popen[bytes]
    run_directory: Path
    boot_seconds: float
    has_browser_phones: bool
    wss_url: str

    @property
    def pid(self) -> int:
        """Process id of Asterisk itself."""
        return self.process.pid

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

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def stop(self, timeout_seconds: float = _STOP_SECONDS) -> None:
        """SIGTERM, then SIGKILL after `timeout_seconds`; calls end. Harmless when it has stopped already."""
        _end(self.process, timeout_seconds)
        shutil.rmtree(self.run_directory, ignore_errors=True)
        (self.config.directory / "pbx.pid").unlink(missing_ok=True)

    def kill(self) -> None:
        """SIGKILL, for tests of faults; call `stop` afterwards."""
        self.process.kill()
        self.process.wait()


def start(config: PbxConfig, installation: Installation, timeout_seconds: float = 30.0) -> RunningPbx:
    """Write the configuration, start Asterisk, wait for FullyBooted, ask for every needed module.

    An Asterisk left over in the same directory (its starter was killed) is ended first. Raises PbxFailed
    (`pbx.port_taken`, `pbx.start_failed`, `pbx.modules_missing`).
    """
    began = time.monotonic()
    end_leftover(config.directory)
    _require_free_ports(config)
    places = prepare(config, installation)
    process = _launch(places)
    try:
        missing = _wait_booted(config, process, timeout_seconds)
    except BaseException:
        _end(process, _STOP_SECONDS)
        shutil.rmtree(places.run, ignore_errors=True)
        raise
    wss = f"wss://{config.bind_address}:{config.ports.wss}/ws" if places.certificate and not missing else ""
    seconds = time.monotonic() - began
    return RunningPbx(config, installation.version, process, places.run, seconds, not missing, wss)


def prepare(config: PbxConfig, installation: Installation) -> Places:
    """Make the directories and write the configuration, without starting anything."""
    directory = config.directory.absolute()
    data = directory / "data"
    for name in ("etc", "log", "db", "spool", "cache", "data"):
        (directory / name).mkdir(parents=True, exist_ok=True)
    assemble_data(installation, data)
    certificate = config.tls_certificate
    if certificate is None and config.ports.wss:
        certificate = self_signed(directory / "wss.pem", config.bind_address)
    places = Places(config, installation, Path(tempfile.mkdtemp(prefix="hotline-pbx-")), data, certificate)
    configuration.write(places)
    return places


def _launch(places: Places) -> subprocess.Popen[bytes]:
    directory = places.config.directory
    command = places.installation.program.command("-f", "-C", str(places.etc / "asterisk.conf"))
    with (directory / "log/console.log").open("wb") as console:
        process = subprocess.Popen(
            command, cwd=directory, env=places.installation.program.environment(),
            stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    (directory / "pbx.pid").write_text(json.dumps({"pid": process.pid, "config": str(places.etc / "asterisk.conf")}))
    return process


def _wait_booted(config: PbxConfig, process: subprocess.Popen[bytes], timeout_seconds: float) -> bool:
    """Wait, check modules; True when only those for browsers are missing."""
    deadline = time.monotonic() + timeout_seconds
    with _connect(config, process, deadline) as probe:
        if value(probe.login(), "Response") != "Success":
            raise _failure("pbx.start_failed", "Asterisk refused our AMI user", config)
        if probe.wait_event("FullyBooted", max(0.1, deadline - time.monotonic())) is None:
            raise _failure("pbx.start_failed", f"Asterisk was not ready after {timeout_seconds:.0f} s", config)
        missing = missing_modules(probe, modules.REQUIRED)
        if missing:
            raise _failure("pbx.modules_missing", f"Asterisk came up without {', '.join(missing)}", config)
        return bool(missing_modules(probe, modules.REQUIRED_FOR_BROWSERS))


def missing_modules(probe: Probe, names: tuple[str, ...]) -> list[str]:
    """Those of the modules that are not loaded."""
    return [name for name in names if value(probe.action("ModuleCheck", Module=name), "Response") != "Success"]


def _connect(config: PbxConfig, process: subprocess.Popen[bytes], deadline: float) -> Probe:
    while True:
        if process.poll() is not None:
            raise _failure("pbx.start_failed", f"Asterisk ended with status {process.returncode}", config)
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


def _require_free_ports(config: PbxConfig) -> None:
    ports, stream, datagram = config.ports, socket.SOCK_STREAM, socket.SOCK_DGRAM
    wanted = [(config.bind_address, ports.sip, datagram), (config.bind_address, ports.http, stream),
              (config.ami_bind_address, ports.ami, stream)]  # fmt: skip
    if ports.wss:
        wanted.append((config.bind_address, ports.wss, stream))
    for host, port, kind in wanted:
        with socket.socket(socket.AF_INET, kind) as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind == stream)
            try:
                attempt.bind((host, port))
            except OSError as error:
                raise PbxFailed("pbx.port_taken", f"port {port} of the PBX is taken ({error.strerror})") from error


def _end(process: subprocess.Popen[bytes], timeout_seconds: float) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end_leftover(directory: Path, alive: Callable[[int, str], bool] | None = None) -> bool:
    """End an Asterisk that an earlier starter left behind in this directory; True when there was one.

    The pid file may be old and the pid somebody else's by now: only a process whose command line names our own
    configuration file is ended.
    """
    try:
        record = json.loads((directory / "pbx.pid").read_text())
        pid, config = int(record["pid"]), str(record["config"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    is_ours = alive or _runs
    if not is_ours(pid, config):
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while is_ours(pid, config) and time.monotonic() < deadline:
        time.sleep(0.05)
    if is_ours(pid, config):
        os.kill(pid, signal.SIGKILL)
    return True


def _runs(pid: int, config: str) -> bool:
    try:
        return config.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
