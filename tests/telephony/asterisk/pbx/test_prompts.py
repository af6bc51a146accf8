"""Prompts and the audio under them."""

from __future__ import annotations

import math
import wave
from pathlib import Path

import pytest

from core.settings import ROOT
from telephony.asterisk.pbx import audio, prompts
from telephony.asterisk.pbx.install import SOUNDS
from telephony.menu.load import load_directory

MENUS = load_directory(ROOT / "telephony/menu/demo")


def tone(hertz: float, rate: int, seconds: float = 0.5) -> list[float]:
    return [0.5 * math.sin(2 * math.pi * hertz * index / rate) for index in range(int(rate * seconds))]


def level(samples: list[float]) -> float:
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples))


@pytest.mark.parametrize(
    ("sample", "byte"), [(0.0, 0xFF), (100 / 32767, 0xF2), (-100 / 32767, 0x72), (1.0, 0x80), (-1.0, 0x00), (9.0, 0x80)]
)
def test_mu_law_follows_g711(sample: float, byte: int) -> None:
    assert audio.encode([sample]) == bytes([byte])


def test_mu_law_keeps_speech_within_four_percent() -> None:
    samples = [index / 1000 for index in range(-980, 981)]
    for sample, back in zip(samples, audio.decode(audio.encode(samples)), strict=True):
        assert abs(sample - back) <= max(0.04 * abs(sample), 0.0005)


def test_resampling_keeps_the_voice_and_drops_what_would_fold_back() -> None:
    kept = audio.resample(tone(1000, 22050), 22050)
    assert len(kept) == 4000
    assert level(kept[200:-200]) == pytest.approx(level(tone(1000, 8000)), rel=0.02)
    assert level(audio.resample(tone(6000, 22050), 22050)[200:-200]) < 0.002


def test_only_plain_wav_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(22050)
        file.writeframes(bytes(8))
    with pytest.raises(ValueError, match="mono"):
        audio.read_wav(path)


def test_the_fallback_music_is_never_silent_and_never_clips() -> None:
    samples = audio.decode((SOUNDS / prompts.MUSIC).read_bytes())
    seconds = [samples[start : start + audio.RATE] for start in range(0, len(samples), audio.RATE)]
    assert len(seconds) >= 10
    assert all(level(second) > 0.01 for second in seconds)
    assert max(map(abs, samples)) < 0.5


def test_every_prompt_of_the_menus_and_the_dialplan_is_rendered_from_its_present_text() -> None:
    assert prompts.stale(prompts.wanted(MENUS.values())) == []


def test_every_rendered_prompt_can_be_heard() -> None:
    for file in prompts.wanted(MENUS.values()):
        samples = audio.decode((SOUNDS / file.path).read_bytes())
        assert len(samples) > audio.RATE / 5, file.path
        assert level(samples) > 0.02, file.path


def test_a_changed_text_is_stale(tmp_path: Path) -> None:
    (tmp_path / "en/hotline").mkdir(parents=True)
    (tmp_path / "en/hotline/hello.ulaw").write_bytes(b"\xff")
    old = prompts.SpokenFile("en/hotline/hello.ulaw", "en", "Hello.")
    (tmp_path / "rendered.json").write_text(f'{{"{old.path}": "{old.fingerprint}"}}')
    assert prompts.stale([old], tmp_path) == []
    new = prompts.SpokenFile(old.path, "en", "Hello!")
    assert prompts.stale([new], tmp_path) == [new]


def test_names_say_their_language_so_that_one_call_can_hear_two() -> None:
    assert prompts.sound_name("zh", "welcome", "main") == "zh/hotline/main/welcome"
    assert prompts.sound_name("en", "sorry") == "en/hotline/sorry"


def test_the_repository_stays_small() -> None:
    assert sum(path.stat().st_size for path in SOUNDS.rglob("*") if path.is_file()) < 2_000_000
