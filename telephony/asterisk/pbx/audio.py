"""Telephone audio in plain Python: 8 kHz mono, G.711 mu-law bytes; samples are floats from -1 to 1."""

from __future__ import annotations

import math
import wave
from array import array
from collections.abc import Sequence
from operator import mul
from pathlib import Path

RATE = 8000
"""Samples, and with mu-law bytes, a second."""

_BIAS, _CLIP = 0x84, 32635
_CUTOFF_HERTZ, _ZERO_CROSSINGS = 3600.0, 16


def encode(samples: Sequence[float]) -> bytes:
    """Samples as mu-law bytes (ITU-T G.711); louder than full scale is clipped."""
    return bytes(_encode_one(round(sample * 32767)) for sample in samples)


def decode(data: bytes) -> list[float]:
    """Mu-law bytes as samples."""
    return [_DECODED[byte] for byte in data]


def _encode_one(linear: int) -> int:
    sign = 0x80 if linear < 0 else 0
    magnitude = min(abs(linear), _CLIP) + _BIAS
    exponent = magnitude.bit_length() - 8
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    return ~(sign | (exponent << 4) | mantissa) & 0xFF


def _decode_one(byte: int) -> float:
    inverted = ~byte & 0xFF
    magnitude = (((inverted & 0x0F) << 3) + _BIAS << ((inverted >> 4) & 7)) - _BIAS
    return (-magnitude if inverted & 0x80 else magnitude) / 32768


_DECODED = [_decode_one(byte) for byte in range(256)]


def read_wav(path: Path) -> tuple[list[float], int]:
    """Samples and rate of a 16-bit mono WAV file; raises ValueError for any other."""
    with wave.open(str(path), "rb") as file:
        if file.getsampwidth() != 2 or file.getnchannels() != 1:
            raise ValueError(f"{path.name} is not 16-bit mono")
        values = array("h", file.readframes(file.getnframes()))
        return [value / 32768 for value in values], file.getframerate()


def resample(samples: Sequence[float], rate: int) -> list[float]:
    """Bring samples from `rate` (at least 8,000 a second) down to 8 kHz through a windowed-sinc low-pass."""
    divisor = math.gcd(rate, RATE)
    step, phases = rate // divisor, RATE // divisor
    half = math.ceil(_ZERO_CROSSINGS * rate / (2 * _CUTOFF_HERTZ))
    kernels = [_kernel(phase / phases, half, rate) for phase in range(phases)]
    padded = [0.0] * half + list(samples) + [0.0] * (half + 1)
    count = len(samples) * RATE // rate
    return [_at(padded, kernels[index * step % phases], index * step // phases) for index in range(count)]


def _at(padded: Sequence[float], kernel: Sequence[float], start: int) -> float:
    return float(sum(map(mul, padded[start : start + len(kernel)], kernel)))


def _kernel(offset: float, half: int, rate: int) -> list[float]:
    weights = []
    for tap in range(-half, half + 1):
        distance = tap - offset
        angle = 2 * math.pi * _CUTOFF_HERTZ / rate * distance
        sinc = math.sin(angle) / angle if angle else 1.0
        weights.append(sinc * (0.5 + 0.5 * math.cos(math.pi * distance / (half + 1))))
    total = sum(weights)
    return [weight / total for weight in weights]


def normalise(samples: Sequence[float], peak: float = 0.6) -> list[float]:
    """Scale so that the loudest sample is `peak`; silence stays silence."""
    loudest = max((abs(sample) for sample in samples), default=0.0)
    return [sample * peak / loudest for sample in samples] if loudest else list(samples)


def trim(samples: Sequence[float], floor: float = 0.004, margin: int = 400) -> list[float]:
    """Cut silence off both ends, leaving `margin` samples (50 ms)."""
    loud = [index for index, sample in enumerate(samples) if abs(sample) > floor]
    if not loud:
        return []
    return list(samples[max(0, loud[0] - margin) : loud[-1] + margin])


_CHORDS = ((220.0, 261.63, 329.63), (174.61, 220.0, 261.63), (130.81, 196.0, 329.63), (196.0, 246.94, 293.66))
_NOTE_SECONDS, _RING_SECONDS = 0.5, 1.6


def tone_music(rounds: int = 2) -> list[float]:
    """A quiet arpeggio over four chords, 8 s a round: what callers hear where no other music is there."""
    notes = [tone for _round in range(rounds) for chord in _CHORDS for tone in (*chord, chord[1] * 2)]
    spacing = int(_NOTE_SECONDS * RATE)
    length = len(notes) * spacing
    samples = [0.0] * length
    for position, tone in enumerate(notes):
        for index, sample in enumerate(_pluck(tone)):
            samples[(position * spacing + index) % length] += sample
    return normalise(samples, 0.25)


def _pluck(tone: float) -> list[float]:
    angle = 2 * math.pi * tone / RATE
    return [
        math.exp(-3.0 * index / RATE)
        * min(1.0, index / 160)
        * (math.sin(angle * index) + 0.3 * math.sin(2 * angle * index))
        for index in range(int(_RING_SECONDS * RATE))
    ]
