"""The console is built again when, and only when, its sources have changed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from core.errors import Unavailable
from processes.console_build import ConsoleBuild, fingerprint
from processes.progress import Progress


@pytest.fixture
def console(tmp_path: Path) -> Path:
    directory = tmp_path / "console"
    (directory / "src").mkdir(parents=True)
    (directory / "src" / "main.ts").write_text("1")
    (directory / "package.json").write_text('{"scripts": {"build": "mkdir -p dist && echo built >> dist/count"}}')
    (directory / "package-lock.json").write_text('{"lockfileVersion": 3, "packages": {}}')
    return directory


def _build(console: Path) -> ConsoleBuild:
    return ConsoleBuild(Progress(stream=io.StringIO()), console.parent / "build.log", console)


def test_only_sources_count(console: Path) -> None:
    before = fingerprint(console)
    for ignored in ("node_modules/x/index.js", "dist/index.html"):
        (console / ignored).parent.mkdir(parents=True, exist_ok=True)
        (console / ignored).write_text("x")
    assert fingerprint(console) == before
    (console / "src" / "main.ts").rename(console / "src" / "other.ts")
    assert fingerprint(console) != before


@pytest.mark.long
async def test_a_second_build_has_nothing_to_do_until_a_source_changes(console: Path) -> None:
    count = console / "dist" / "count"
    assert await _build(console).build() is True
    assert await _build(console).build() is False
    assert count.read_text() == "built\n"
    (console / "src" / "main.ts").write_text("2")
    assert await _build(console).build() is True
    assert count.read_text() == "built\nbuilt\n"


async def test_a_failed_build_says_why_and_is_tried_again(console: Path) -> None:
    (console / "package.json").write_text('{"scripts": {"build": "mkdir -p dist; echo no such type; exit 3"}}')
    for _ in range(2):
        with pytest.raises(Unavailable, match="no such type"):
            await _build(console).build()
