"""Whether calls can be taken here: what the supervisor wrote down about the PBX, looked at once a second."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_desk.live import Live
from agent_desk.views import VoiceStatus
from core.settings import Settings

LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class DemoPhoneAccount:
    """The browser phone of the demo page as the PBX knows it."""

    name: str
    secret: str


def read_state(settings: Settings) -> dict[str, Any]:
    """The file that the supervisor wrote; empty when there is none or it cannot be read."""
    if not settings.pbx_state_file:
        return {}
    try:
        state = json.loads(Path(settings.pbx_state_file).read_bytes())
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def voice_status(settings: Settings, state: dict[str, Any]) -> VoiceStatus:
    """Voice as the console shows it. Without a file, a PBX's address in the settings is taken for its presence."""
    if state:
        return VoiceStatus(available=bool(state.get("voice")), reason=str(state.get("reason") or ""))
    if settings.ami_url:
        return VoiceStatus(available=True)
    return VoiceStatus(available=False, reason="no PBX is set up (AMI_URL)")


def demo_phone(state: dict[str, Any]) -> DemoPhoneAccount | None:
    """The demo phone, if the PBX has one."""
    phone = state.get("demo_phone")
    if not isinstance(phone, dict) or not phone.get("name"):
        return None
    return DemoPhoneAccount(str(phone["name"]), str(phone.get("secret", "")))


async def watch_voice(settings: Settings, live: Live) -> None:
    """Tell the desks for ever when voice comes or goes."""
    while True:
        state = await asyncio.to_thread(read_state, settings)
        live.change_voice(voice_status(settings, state))
        await asyncio.sleep(LOOK_SECONDS)
