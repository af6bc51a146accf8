"""A real Asterisk of this folder's own, with SIPp as its trunk and as desk phones."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from core.embedded import programs
from core.embedded.ports import any_free
from telephony.asterisk import pbx
from telephony.asterisk.pbx.probe import Packet, Probe, value
from tests.places import open_directory

CALLER_HOST, PHONE_HOST = "127.0.0.2", "127.0.0.3"
# A phone whose channel ends with cause 44 when its media stops, as a browser's does.
POOR_USER = "poor"
POOR = f"[{POOR_USER}]\nsecret=poor-secret\nread=user\nwrite=system\n"
FRAGILE = "[fragile](+)\nrtp_timeout=1\n"


@dataclass
class Switch:
    """The running PBX and what the tests do around it."""

    pbx: pbx.RunningPbx
    home: Path
    phone_ports: dict[str, int] = field(default_factory=dict)

    def probe(self) -> Probe:
        """A signed-in AMI session."""
        probe = Probe.from_url(self.pbx.ami_url)
        assert value(probe.login(), "Response") == "Success"
        return probe

    @contextmanager
    def caller(self, number: str, name: str = "call") -> Iterator[subprocess.Popen[bytes]]:
        """A customer who calls over the trunk, and speaks no word, for up to a minute."""
        target = f"127.0.0.1:{self.pbx.sip_port}"
        options = ["-sn", "uac", "-s", number, "-m", "1", "-d", "60000", "-i", CALLER_HOST]
        with self._sipp(name, target, *options) as process:
            yield process

    @contextmanager
    def phone(self, name: str) -> Iterator[None]:
        """A desk phone that picks up at once."""
        with self._sipp(name, "-sn", "uas", "-i", PHONE_HOST, "-p", str(self.phone_ports[name])):
            yield

    @contextmanager
    def _sipp(self, name: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        program = programs.sipp()
        process = subprocess.Popen(
            program.command(*arguments, "-nostdin"), env=program.environment(), cwd=self.home,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def switch() -> Iterator[Switch]:
    """Asterisk with three desk phones: one, two, and fragile."""
    names = ("one", "two", "fragile")
    with open_directory("hotline-pbx-test-") as home:
        ports = {name: any_free(PHONE_HOST) for name in names}
        config = pbx.PbxConfig.on_free_ports(
            home / "pbx", strict_rtp=False, extra={"pjsip.conf": FRAGILE, "manager.conf": POOR}
        )
        phones = [pbx.AgentPhone(name, "sip", contact=f"sip:{name}@{PHONE_HOST}:{ports[name]}") for name in names]
        config.agents_file.parent.mkdir(parents=True)
        pbx.write_agents_file(config.agents_file, phones)
        running = pbx.start(config, pbx.locate())
        try:
            yield Switch(running, home, ports)
        finally:
            running.stop()


def event(probe: Probe, name: str, seconds: float = 10, **fields: str) -> Packet:
    """Wait for an event whose fields are these; a UserEvent goes by its own name."""
    wanted = {"UserEvent": name, **fields} if name.startswith("Hotline") else fields
    kind = "UserEvent" if name.startswith("Hotline") else name
    set_aside: list[Packet] = []
    try:
        while packet := probe.wait_event(kind, seconds):
            if all(value(packet, key) == text for key, text in wanted.items()):
                return packet
            set_aside.append(packet)
    finally:
        probe.events[:0] = set_aside
    raise AssertionError(f"no {name} with {fields} within {seconds} s")
