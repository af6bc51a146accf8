"""Spoken prompts: the menus' texts and a few of our own, rendered by espeak-ng into mu-law files.

The rendered files of the demo company's menu are part of the repository, so that nothing has to be rendered to
start. `./hotline pbx prompts` renders what is new or has changed; `stale` says what that is. What queues say themselves
stands in the database; `./hotline pbx messages` renders it.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from core.embedded.programs import Program
from core.errors import Unavailable
from telephony.asterisk.pbx import audio
from telephony.asterisk.pbx.install import LANGUAGES, SOUNDS
from telephony.menu.announcement import TEXTS
from telephony.menu.definition import Menu
from telephony.menu.offers import OFFERS

VOICES = {"en": ("en-us", 150), "zh": ("cmn", 165)}
"""espeak-ng's voice and words a minute by language."""

OWN: dict[str, dict[str, str]] = {
    "please-wait": {
        "en": "Please hold the line.",
        "zh": "请稍候。",
    },
    "all-busy": {
        "en": "All our colleagues are busy. Please hold the line, you keep your place.",
        "zh": "客服人员正忙，请不要挂机，我们会按顺序为您服务。",
    },
    "goodbye": {
        "en": "Thank you for calling. Goodbye.",
        "zh": "感谢您的来电，再见。",
    },
    "callback-offer": {
        "en": "You need not wait. To be called back and keep your place, press 1.",
        "zh": "您无需等待。如需保留排队位置并由我们回拨，请按一。",
    },
    "callback-kept": {
        "en": "Thank you. You keep your place, and we will call you back. Goodbye.",
        "zh": "谢谢，已为您保留排队位置，我们会给您回电，再见。",
    },
    "queue-closed": {
        "en": "Thank you for calling. We are closed now. Please call again during our opening hours. Goodbye.",
        "zh": "感谢您的来电。现在是非工作时间，请在工作时间再次来电，再见。",
    },
    "queue-full": {
        "en": "All our lines are busy, and too many callers are waiting already. Please call again later. Goodbye.",
        "zh": "当前来电较多，排队人数已满，请稍后再拨，再见。",
    },
    "sorry": {
        "en": "We are sorry, we cannot take your call because of a technical problem. Please call again.",
        "zh": "很抱歉，由于技术故障，暂时无法接听您的来电，请稍后再拨。",
    },
    **TEXTS,
}
_COMPANY = "company"
MUSIC = "music/hotline-tone.ulaw"


@dataclass(frozen=True)
class SpokenFile:
    """One file to render: `path` below the sounds directory, and what is said in it."""

    path: str
    language: str
    text: str

    @property
    def fingerprint(self) -> str:
        """Changes with anything that changes the sound."""
        voice, speed = VOICES[self.language]
        return hashlib.sha256(f"{voice}\n{speed}\n{self.text}".encode()).hexdigest()[:16]


def sound_name(language: str, prompt: str, menu: str = "") -> str:
    """The name by which Asterisk plays a prompt in a language, whatever the channel's own language is.

    Like `zh/hotline/main/welcome`; without `menu` one of OWN, like `en/hotline/sorry`. Takes no extension.
    """
    return "/".join(part for part in (language, "hotline", menu, prompt) if part)


def wanted(menus: Iterable[Menu] = ()) -> list[SpokenFile]:
    """Every file that the menus and the dialplan play."""
    own = [_file(language, name, "", text) for name, texts in OWN.items() for language, text in texts.items()]
    said = [
        _file(language, name, menu.name, text)
        for menu in (*menus, *OFFERS.values())
        for name, prompt in menu.prompts.items()
        for language, text in prompt.texts.items()
    ]
    return own + said


def _file(language: str, name: str, menu: str, text: str) -> SpokenFile:
    return SpokenFile(sound_name(language, name, menu) + ".ulaw", language, text)


def company_file(language: str, text: str) -> SpokenFile:
    """What a company says itself: a file that is known by its words, and so never plays others."""
    named = SpokenFile("", language, text)
    return SpokenFile(sound_name(language, named.fingerprint, _COMPANY) + ".ulaw", language, text)


def company_sound(language: str, text: str, directory: Path = SOUNDS) -> str | None:
    """The name by which Asterisk plays it; None as long as it is not rendered here."""
    path = company_file(language, text).path
    return path.removesuffix(".ulaw") if (directory / path).exists() else None


def render_company(
    texts: Iterable[tuple[str, str]], espeak: Program, directory: Path = SOUNDS, progress: Callable[[str], None] = print
) -> None:
    """Render what a company says itself, each a language and a text. Raises Unavailable (`prompts.voice_failed`)."""
    for language, text in texts:
        file = company_file(language, text)
        progress(f"{file.path}: {_write(file, espeak, directory):.1f} s")


def _write(file: SpokenFile, espeak: Program, directory: Path) -> float:
    """Seconds of it. Written whole or not at all: the PBX may play it in the next moment."""
    path = directory / file.path
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(audio.encode(speak(file, espeak)))
    unfinished.replace(path)
    return path.stat().st_size / audio.RATE


def stale(files: Iterable[SpokenFile], directory: Path = SOUNDS) -> list[SpokenFile]:
    """Those files that are missing, or were rendered from another text or voice."""
    known = _read_index(directory)
    return [file for file in files if known.get(file.path) != file.fingerprint or not (directory / file.path).exists()]


def render(
    files: Iterable[SpokenFile], espeak: Program, directory: Path = SOUNDS, progress: Callable[[str], None] = print
) -> None:
    """Render files and note their fingerprints. Raises Unavailable (`prompts.voice_failed`)."""
    known = _read_index(directory)
    for file in files:
        seconds = _write(file, espeak, directory)
        known[file.path] = file.fingerprint
        progress(f"{file.path}: {seconds:.1f} s")
    _index(directory).write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n")


def render_music(directory: Path = SOUNDS) -> Path:
    """Write the fallback music."""
    path = directory / MUSIC
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(audio.encode(audio.tone_music()))
    return path


def speak(file: SpokenFile, espeak: Program) -> list[float]:
    """One file's samples at 8 kHz."""
    voice, speed = VOICES[file.language]
    with tempfile.TemporaryDirectory() as scratch:
        wav = Path(scratch) / "speech.wav"
        command = espeak.command("-v", voice, "-s", str(speed), "-w", str(wav), "--stdin", "-b", "1")
        result = subprocess.run(
            command, env=espeak.environment(), input=file.text.encode(), capture_output=True, check=False, timeout=60
        )
        if result.returncode != 0 or not wav.exists():
            words = result.stderr.decode(errors="replace").strip()
            raise Unavailable("prompts.voice_failed", f"espeak-ng could not say {file.path}: {words}")
        samples, rate = audio.read_wav(wav)
    return audio.normalise(audio.trim(audio.resample(samples, rate)))


def _index(directory: Path) -> Path:
    return directory / "rendered.json"


def _read_index(directory: Path) -> dict[str, str]:
    try:
        return dict(json.loads(_index(directory).read_text()))
    except (OSError, ValueError):
        return {}


assert set(LANGUAGES) <= set(VOICES)
