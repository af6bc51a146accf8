"""SIPp as the customer: it does the signalling of one call, our ``Sound`` its media.

The scenario waits for what we tell it: a datagram ``MESSAGE`` with the call's own Call-ID is the command to hang
up, so that a journey decides the moment, not a pause in a file.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import uuid
from pathlib import Path

from core.embedded import programs
from core.embedded.ports import any_free
from tests.fakes.rtp import Sound
from tests.journeys.waiting import until

HOST = "127.0.0.2"

_SCENARIO = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="customer">
  <send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: {from_header};tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:caller@[local_ip]:[local_port]>
Max-Forwards: 70
{extra_headers}Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio {media_port} RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="183" optional="true"/>
  <recv response="200" rrs="true">
    <action>
      <ereg regexp="m=audio ([0-9]+)" search_in="body" assign_to="line,port"/>
      <log message="answered [$port]"/>
    </action>
  </recv>
  <Reference variables="line"/>
  <send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: {from_header};tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
  <recv request="BYE" optional="true" next="1"/>
  <recv request="MESSAGE" timeout="{longest_ms}"/>
  <send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: {from_header};tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
  <recv response="200"><action><log message="left"/></action></recv>
  <nop next="2"/>
  <label id="1"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
  <nop><action><log message="dismissed"/></action></nop>
  <label id="2"/>
</scenario>
"""


class Customer:
    """One call by SIPp. ``events`` of its log: ``answered PORT``, then ``left`` (us) or ``dismissed`` (them)."""

    def __init__(self, directory: Path, sound: Sound) -> None:
        self.directory = directory
        self.sound = sound
        self.call_id = f"{uuid.uuid4()}@customer"
        self._port = any_free(HOST)
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    async def call(
        cls, directory: Path, pbx: tuple[str, int], number: str, *,
        caller: str = "13900000131", name: str = "", from_header: str = "", extra_headers: str = "",
        frequency: float = 1000.0,
    ) -> Customer:  # fmt: skip
        """Dial ``number``. ``from_header`` replaces what is made of ``caller`` and ``name``, raw."""
        customer = cls(directory, await Sound.open(HOST, frequency))
        display = f'"{name}" ' if name else ""
        header = from_header or f"{display}<sip:{caller}@{HOST}>"
        customer._start(pbx, number, header, extra_headers)
        return customer

    def _start(self, pbx: tuple[str, int], number: str, from_header: str, extra_headers: str) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        scenario = _SCENARIO.format(
            from_header=from_header, extra_headers=extra_headers, media_port=self.sound.port, longest_ms=300_000
        )
        # newline="" keeps a carriage return in a hostile name as it is
        (self.directory / "customer.xml").write_text(scenario, encoding="utf-8", newline="")
        program = programs.sipp()
        command = program.command(
            f"{pbx[0]}:{pbx[1]}", "-sf", "customer.xml", "-s", number, "-i", HOST, "-p", str(self._port),
            "-m", "1", "-cid_str", self.call_id, "-nostdin", "-trace_logs", "-log_file", "customer.log",
            "-trace_err", "-error_file", "errors.log", "-trace_msg", "-message_file", "messages.log",
        )  # fmt: skip
        with (self.directory / "screen.log").open("wb") as screen:
            self._process = subprocess.Popen(
                command, cwd=self.directory, env=program.environment(), stdin=subprocess.DEVNULL,
                stdout=screen, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def events(self) -> list[str]:
        """What SIPp has logged so far."""
        log = self.directory / "customer.log"
        return log.read_text(errors="replace").split("\n")[:-1] if log.exists() else []

    async def answered(self, seconds: float = 10) -> None:
        """Wait until the PBX answers, then start to speak (a tone)."""

        def port() -> int | None:
            return next((int(line.split()[1]) for line in self.events() if line.startswith("answered")), None)

        self.sound.send_to(("127.0.0.1", await until(port, seconds, "SIPp's call is answered", alive=self.alive)))

    def press(self, keys: str) -> None:
        """Press keys, as telephone events in the media."""
        for key in keys:
            self.sound.press(key)

    def alive(self) -> bool:
        """Whether the call is still there, as SIPp sees it."""
        return self._process is not None and self._process.poll() is None

    async def hang_up(self) -> None:
        """Leave an answered call and wait until the PBX has taken note."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as command:
            command.sendto(
                f"MESSAGE sip:caller@{HOST} SIP/2.0\r\nVia: SIP/2.0/UDP {HOST}:9;branch=z9hG4bKcommand\r\n"
                f"From: <sip:journey@{HOST}>;tag=j\r\nTo: <sip:caller@{HOST}>\r\nCall-ID: {self.call_id}\r\n"
                f"CSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n".encode(),
                (HOST, self._port),
            )
        await self.gone()

    async def gone(self, seconds: float = 10) -> None:
        """Wait until the call is over, whoever ended it."""
        await until(lambda: not self.alive(), seconds, "SIPp's call is over")

    @property
    def was_dismissed(self) -> bool:
        """Whether the PBX hung up on us."""
        return "dismissed" in self.events()

    async def close(self) -> None:
        """Leave no call and no process behind."""
        if self.alive() and any(line.startswith("answered") for line in self.events()):
            await asyncio.wait([asyncio.ensure_future(self.hang_up())], timeout=3)
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        await self.sound.aclose()
