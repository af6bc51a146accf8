"""The PBX of one installation: our own Asterisk, a remote one, or the reason why there is none."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from dataclasses import replace
from pathlib import Path

from core.embedded.ports import first_free
from core.embedded.secret_file import write_secret
from core.errors import HotlineError, Unavailable
from core.settings import Settings
from processes.progress import Progress
from processes.supervisor import Supervisor, Tier
from telephony.asterisk.pbx import CustomerPhone, PbxConfig, Ports, locate
from telephony.asterisk.pbx.configuration import Places
from telephony.asterisk.pbx.probe import Probe, value
from telephony.asterisk.pbx.process import await_boot, prepare, server_command

DEMO_PHONE = "demo-customer"
NAME = "asterisk"
_BOOT_SECONDS = 40.0
_EVENT_SECONDS = 10.0


class Voice:
    """The PBX of one start: ``prepare`` tells the other processes where it will be, ``boot`` makes it so."""

    def __init__(self, supervisor: Supervisor, settings: Settings, progress: Progress) -> None:
        self._supervisor = supervisor
        self._settings = settings
        self._progress = progress
        self._prepared: tuple[PbxConfig, Places] | None = None

    async def prepare(self) -> dict[str, str]:
        """Get Asterisk onto this machine unless another one is named; returns what the processes must know.

        Never raises for want of a PBX: then the console is told why voice is off.
        """
        environment = {"HOTLINE_PBX_STATE_FILE": str(state_file(self._settings).absolute())}
        try:
            return {**environment, **await self._prepare()}
        except HotlineError as error:
            self._off(error.message)
            return environment

    async def boot(self) -> None:
        """Start the prepared Asterisk; one that does not come up is given up, and the console told why."""
        if self._prepared is None:
            return
        config, places = self._prepared
        try:
            child = await self._supervisor.start(Tier.PBX, server_command(places))
            whole = await asyncio.to_thread(await_boot, config, lambda: child.pid != 0, _BOOT_SECONDS)
        except HotlineError as error:
            await self._supervisor.give_up(NAME)
            self._off(error.message)
            return
        reason = "" if whole else "this Asterisk cannot serve phones in browsers"
        write_state(self._settings, voice=True, reason=reason, demo_phone=demo_phone(config))
        version = places.installation.version
        self._progress.say(f"Asterisk {version}: ready, SIP on {config.bind_address}:{config.ports.sip}")

    async def _prepare(self) -> dict[str, str]:
        if os.environ.get("HOTLINE_VOICE") == "off":
            raise Unavailable("pbx.off", "switched off by HOTLINE_VOICE=off")
        if self._settings.ami_url:
            self._progress.say("voice: using the PBX of AMI_URL")
            write_state(self._settings, voice=True, reason="")
            return {}
        installation = await asyncio.to_thread(locate, self._progress.say)
        config = _configuration(self._settings)
        self._prepared = config, await asyncio.to_thread(prepare, config, installation)
        write_state(self._settings, voice=False, reason="the PBX is starting")
        return {
            "AMI_URL": f"ami://{config.ami_user}:{config.ami_secret}@{config.ami_bind_address}:{config.ports.ami}",
            "HOTLINE_SOFTPHONE_WS_URL": f"ws://{config.bind_address}:{config.ports.http}/ws",
            "HOTLINE_PBX_AGENTS_FILE": str(config.agents_file),
            "HOTLINE_PBX_MEDIA_ADDRESS": config.media.address or "",
            **_way_out(config),
        }

    def _off(self, reason: str) -> None:
        write_state(self._settings, voice=False, reason=reason)
        self._progress.say(f"voice is off: {reason}")


def _configuration(settings: Settings) -> PbxConfig:
    is_demo = os.environ.get("HOTLINE_DEMO", "1") == "1"
    phones = (CustomerPhone(DEMO_PHONE, secrets.token_urlsafe(24)),) if is_demo else ()
    return PbxConfig((settings.var_dir / "pbx").absolute(), ports=free_ports(), customer_phones=phones)


def _way_out(config: PbxConfig) -> dict[str, str]:
    """In the demo there is no carrier: whoever is called, it is the demo page that rings."""
    phone = demo_phone(config)
    return {"HOTLINE_DIAL_OUT": f"PJSIP/{phone['name']}"} if phone and "HOTLINE_DIAL_OUT" not in os.environ else {}


def demo_phone(config: PbxConfig) -> dict[str, str] | None:
    """The account of the demo page's phone, as the web process reads it."""
    phone = next(iter(config.customer_phones), None)
    return None if phone is None else {"name": phone.name, "secret": phone.secret}


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


def has_demo_phone(settings: Settings) -> bool:
    """Whether the demo page can place a call."""
    state = json.loads(state_file(settings).read_text())
    return bool(state["voice"] and state["demo_phone"])
