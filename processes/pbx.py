"""The PBX as a service of its own: configured from the environment, then this process becomes Asterisk.

``python -m processes.pbx``; with ``--healthy`` it only tells by its exit code whether that Asterisk takes calls.

| variable | meaning |
|---|---|
| ``AMI_URL`` | user, secret and port of the AMI to open |
| ``HOTLINE_PBX_ADDRESS`` | the address under which phones reach this PBX (127.0.0.1) |
| ``HOTLINE_PBX_TRUNKS`` | addresses from which the telephone network calls, with commas between; the first is called |
| ``HOTLINE_PBX_RTP_PORTS`` | the first and the last UDP port for media (20000-20099) |
"""

from __future__ import annotations

import argparse
import os
import secrets
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from core.errors import Refusal
from core.settings import Settings, settings
from processes import voice
from telephony.asterisk.link.address import AmiAddress
from telephony.asterisk.pbx import CustomerPhone, PbxConfig, Ports, Trunk, locate
from telephony.asterisk.pbx.process import prepare, server_command

_USUAL_RTP_PORTS = "20000-20099"


def configuration(config: Settings, environment: Mapping[str, str], own_address: str) -> PbxConfig:
    """The PBX that the environment asks for. Raises Refusal when a value cannot be meant."""
    ami = AmiAddress.parse(config.ami_url)
    outside = environment.get("HOTLINE_PBX_ADDRESS") or "127.0.0.1"
    trunks = tuple(word.strip() for word in environment.get("HOTLINE_PBX_TRUNKS", "").split(",") if word.strip())
    first, last = rtp_ports(environment.get("HOTLINE_PBX_RTP_PORTS") or _USUAL_RTP_PORTS)
    phone = CustomerPhone(voice.DEMO_PHONE, secrets.token_urlsafe(24))
    return PbxConfig(
        (config.var_dir / "pbx").absolute(),
        ports=replace(Ports(), ami=ami.port, rtp_start=first, rtp_end=last),
        bind_address="0.0.0.0",  # noqa: S104  (a container's own network; what is published is the host's choice)
        ami_bind_address="0.0.0.0",  # noqa: S104
        external_address=outside,
        ami_user=ami.user,
        ami_secret=ami.secret,
        trunks=(Trunk(match=trunks, contact=_called(trunks)),) if trunks else (),
        customer_phones=(phone,) if config.demo else (),
        # Browsers learn where media goes from ICE, which would else tell them the container's address.
        extra={"rtp.conf": f"[ice_host_candidates]\n{own_address} => {outside}\n"},
    )


def _called(trunks: Sequence[str]) -> str:
    """Where calls to customers go: the first trunk that is one machine, not a network."""
    hosts = (host for host in trunks if "/" not in host)
    return next((f"sip:{host}" for host in hosts), "")


def rtp_ports(text: str) -> tuple[int, int]:
    """The two ends of ``20000-20099``. Raises Refusal."""
    first, _, last = text.partition("-")
    if not (first.isdigit() and last.isdigit() and 1024 <= int(first) < int(last) <= 65535):
        raise Refusal("pbx.rtp_ports", f"HOTLINE_PBX_RTP_PORTS must look like {_USUAL_RTP_PORTS}, not {text!r}")
    return int(first), int(last)


def main(arguments: Sequence[str] | None = None) -> None:
    """See the module's docstring; ends this process, or makes it Asterisk."""
    parser = argparse.ArgumentParser(prog="processes.pbx")
    parser.add_argument("--healthy", action="store_true", help="only tell whether it takes calls")
    config = configuration(settings(), os.environ, socket.gethostbyname(socket.gethostname()))
    if parser.parse_args(arguments).healthy:
        sys.exit(0 if voice.is_booted(replace(config, ami_bind_address="127.0.0.1")) else 1)
    command = server_command(prepare(config, locate(print)))
    _tell_the_others(settings(), config)
    os.chdir(command.directory or Path.cwd())
    os.execve(command.argv[0], command.argv, {**os.environ, **command.environment})


def _tell_the_others(known: Settings, config: PbxConfig) -> None:
    voice.write_state(known, voice=True, reason="", demo_phone=voice.demo_phone(config))


if __name__ == "__main__":
    main()
