"""The PBX of one installation: our own Asterisk, a remote one, or the reason why there is none."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from core.embedded.ports import first_free
from core.embedded.secret_file import write_secret
from core.errors import HotlineError, Unavailable
from core.settings import Settings
from processes.progress import Progress
from processes.supervisor import Supervisor, Tier
from telephony.asterisk.pbx import CustomerPhone, Installation, PbxConfig, Ports, locate
from telephony.asterisk.pbx.probe import Probe, value
from telephony.asterisk.pbx.process import await_boot, prepare, server_command

DEMO_PHONE = "demo-customer"
NAME = "asterisk"
_BOOT_SECONDS = 40.0
_EVENT_SECONDS = 10.0


@dataclass(frozen=True)
class Fetched:
    """An Asterisk that can be started here, or the reason why there is none."""

    installation: Installation | None = None
    reason: str = ""


async def fetch(settings: Settings, progress: Progress) -> Fetched:
    """Get Asterisk onto this machine, unless AMI_URL names one elsewhere or voice is switched off."""
    if os.environ.get("HOTLINE_VOICE") == "off":
        return Fetched(reason="switched off by HOTLINE_VOICE=off")
    if settings.ami_url:
        return Fetched()
    try:
        return Fetched(await asyncio.to_thread(locate, progress.say))
    except HotlineError as error:
        return Fetched(reason=error.message)


async def start(
    supervisor: Supervisor, settings: Settings, fetched: Fetched, say: Callable[[str], None]
) -> dict[str, str]:
    """Start it and return what the other processes need to know; where it fails, tell the console why."""
    environment = {"HOTLINE_PBX_STATE_FILE": str(state_file(settings).absolute())}
    if settings.ami_url and not fetched.reason:
        say("voice: using the PBX of AMI_URL")
        write_state(settings, voice=True, reason="")
        return environment
    try:
        if fetched.installation is None:
            raise Unavailable("pbx.unavailable", fetched.reason)
        return {**environment, **await _start_own(supervisor, settings, fetched.installation, say)}
    except HotlineError as error:
        await supervisor.give_up(NAME)
        write_state(settings, voice=False, reason=error.message)
        say(f"voice is off: {error.message}")
        return environment


async def _start_own(
    supervisor: Supervisor, settings: Settings, installation: Installation, say: Callable[[str], None]
) -> dict[str, str]:
    phone = CustomerPhone(DEMO_PHONE, secrets.token_urlsafe(24))
    config = PbxConfig(
        (settings.var_dir / "pbx").absolute(), ports=free_ports(), customer_phones=(phone,) if _demo() else ()
    )
    places = await asyncio.to_thread(prepare, config, installation)
    child = await supervisor.start(Tier.PBX, server_command(places))
    for_browsers = await asyncio.to_thread(await_boot, config, lambda: child.pid != 0, _BOOT_SECONDS)
    reason = "" if for_browsers else "this Asterisk cannot serve phones in browsers"
    write_state(settings, voice=True, reason=reason, demo_phone={"name": phone.name, "secret": phone.secret})
    say(f"Asterisk {installation.version}: ready, SIP on {config.bind_address}:{config.ports.sip}")
    ws_url = f"ws://{config.bind_address}:{config.ports.http}/ws" if for_browsers else ""
    return {
        "AMI_URL": f"ami://{config.ami_user}:{config.ami_secret}@{config.ami_bind_address}:{config.ports.ami}",
        "HOTLINE_SOFTPHONE_WS_URL": ws_url,
        "HOTLINE_PBX_AGENTS_FILE": str(config.agents_file),
    }


def is_booted(config: PbxConfig) -> bool:
    """Whether Asterisk has loaded everything that it will load."""
    try:
        with Probe(config.ami_bind_address, config.ports.ami, config.ami_user, config.ami_secret) as probe:
            if value(probe.login(), "Response") != "Success":
                return False
            return probe.wait_event("FullyBooted", _EVENT_SECONDS) is not None
    except (Unavailable, OSError):
        return False


def free_ports() -> Ports:
    """The usual ports, each moved up to the next free one."""
    usual = Ports()
    http = first_free(usual.http)
    wss = first_free(usual.wss, taken=[http])
    return replace(usual, sip=first_free(usual.sip, udp=True), http=http, wss=wss, ami=first_free(usual.ami))


def _demo() -> bool:
    return os.environ.get("HOTLINE_DEMO", "1") == "1"


def state_file(settings: Settings) -> Path:
    """Where the console reads whether voice is on; it holds the demo phone's secret, so it is for us only."""
    return Path(settings.pbx_state_file) if settings.pbx_state_file else settings.var_dir / "run" / "pbx.json"


def write_state(settings: Settings, *, voice: bool, reason: str, demo_phone: dict[str, str] | None = None) -> None:
    """Tell the other processes whether voice is on, and if not, why."""
    file = state_file(settings)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_secret(file, json.dumps({"voice": voice, "reason": reason, "demo_phone": demo_phone}))


def told(settings: Settings) -> str:
    """One line about voice for people."""
    state = json.loads(state_file(settings).read_text())
    if not state["voice"]:
        return f"off: {state['reason']}"
    return f"on ({state['reason']})" if state["reason"] else "on"
