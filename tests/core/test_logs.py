"""Log lines in files."""

from __future__ import annotations

import subprocess
import sys

import pytest
import structlog

from core.ids import new_id
from core.logs import plain_line


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"module": "routing.writer.term", "cause": "call_leg.ended interaction.queued", "n": 3, "none": None},
        {"id": new_id(), "text": 'it\'s "so"', "empty": "", "line": "a\nb", "equals": "a=b", "zh": "货物"},
        {"exception": "Traceback (most recent call last):\n  nowhere"},
    ],
)
def test_a_line_is_that_of_the_console_without_colours(fields: dict[str, object]) -> None:
    entry = {"timestamp": "2026-11-22T05:03:57.96Z", "level": "info", "event": "interaction advanced", **fields}
    console = structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)

    assert plain_line(None, "info", dict(entry)) == console(None, "info", dict(entry))


_REPLACED = """
import io, sys
from core.logs import logger, set_up_logging
real, sys.stdout = sys.stdout, io.StringIO()
set_up_logging("part", level="ERROR")
log = logger("here")
log.error("into the other")
sys.stdout.close()
sys.stdout = real
log.error("into the real one")
"""


def test_a_closed_output_of_somebody_else_stops_nothing() -> None:
    run = subprocess.run([sys.executable, "-c", _REPLACED], capture_output=True, text=True, check=False, timeout=30)
    assert run.returncode == 0, run.stderr
    assert "into the real one" in run.stdout
