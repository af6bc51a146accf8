"""The PBX of one installation: our own Asterisk, a remote one, or the reason why there is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.settings import Settings
from processes.progress import Progress
from processes.supervisor import Supervisor


@dataclass(frozen=True)
class Fetched:
    """Whether an Asterisk can be had here, and if not, why."""

    reason: str = ""


async def fetch(settings: Settings, progress: Progress) -> Fetched:
    """Get Asterisk onto this machine, unless AMI_URL names one elsewhere."""
    del settings, progress
    return Fetched(reason="this build has no PBX yet")


async def start(
    supervisor: Supervisor, settings: Settings, fetched: Fetched, say: Callable[[str], None]
) -> dict[str, str]:
    """Start it and return what the other processes need to know; without one, write down why."""
    del supervisor
    write_state(settings, voice=False, reason=fetched.reason)
    say(f"voice is off: {fetched.reason}")
    return {"HOTLINE_PBX_STATE_FILE": str(state_file(settings))}


def state_file(settings: Settings) -> Path:
    """Where the console reads whether voice is on."""
    return Path(settings.pbx_state_file) if settings.pbx_state_file else settings.var_dir / "run" / "pbx.json"


def write_state(settings: Settings, *, voice: bool, reason: str) -> None:
    """Tell the console whether voice is on, and if not, why."""
    file = state_file(settings)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"voice": voice, "reason": reason}))


def told(settings: Settings) -> str:
    """One line about voice for people."""
    state = json.loads(state_file(settings).read_text())
    return "on" if state["voice"] else f"off: {state['reason']}"
