"""Who goes first when the processors are busy: the phone before the screen, the screen before what goes out later."""

from __future__ import annotations

import gc
import os
from contextlib import suppress
from enum import IntEnum

_YOUNG_OBJECTS = 20_000
"""New objects before the collector looks for cycles: the path of a call makes many and leaves no cycles."""


class Precedence(IntEnum):
    """The niceness that a process gives itself."""

    PHONE = 0
    SCREEN = 5
    LATER = 10


def take_place(place: Precedence) -> None:
    """Step behind those who go first, and spare the collector everything that was imported. Call it once."""
    with suppress(OSError):
        os.nice(place)
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, 20, 50)
