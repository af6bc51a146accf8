"""Log files: shown with their names, harmless to the terminal, kept in bounds."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from core.errors import NotFound
from processes import log_files
from processes.log_files import Follower, last_lines, rotate


def _follower(directory: Path, only: str | None = None) -> tuple[Follower, io.StringIO]:
    shown = io.StringIO()
    return Follower(directory, only, shown), shown


def test_new_whole_lines_are_shown_behind_their_process(tmp_path: Path) -> None:
    web = tmp_path / "web.log"
    web.write_text("old\n")
    follower, shown = _follower(tmp_path)
    follower.skip_to_end()
    with web.open("a") as log:
        log.write("new\nhal")
    follower.show_new()
    with web.open("a") as log:
        log.write("f\n")
    (tmp_path / "beat.log").write_text("first\n")
    follower.show_new()
    assert shown.getvalue().splitlines() == ["web       | new", "beat      | first", "web       | half"]


def test_what_a_caller_sent_cannot_steer_the_terminal(tmp_path: Path) -> None:
    hostile = b"name=\x1b]0;owned\x07 \r\xff\n" + b"x" * 10_000 + b"\n"
    (tmp_path / "web.log").write_bytes(hostile)
    follower, shown = _follower(tmp_path, "web")
    follower.show_last(10)
    first, second = shown.getvalue().splitlines()
    assert first == "web       | name=?]0;owned? ?\ufffd"
    assert len(second) < 5_000


def test_a_large_log_is_moved_and_followed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_files, "LARGEST_BYTES", 10)
    web = tmp_path / "web.log"
    web.write_text("much too long\n")
    follower, shown = _follower(tmp_path)
    follower.skip_to_end()
    with web.open("a") as writer:
        rotate(tmp_path)
        writer.write("after\n")
    follower.show_new()
    assert (tmp_path / "web.log.1").read_text() == "much too long\n"
    assert shown.getvalue() == "web       | after\n"


def test_a_log_that_is_not_there_is_refused_with_the_ones_that_are(tmp_path: Path) -> None:
    (tmp_path / "web.log").touch()
    with pytest.raises(NotFound, match="there are: web"):
        Follower(tmp_path, "wbe")
    with pytest.raises(NotFound):
        Follower(tmp_path, "../web")


def test_the_last_lines_of_a_long_log(tmp_path: Path) -> None:
    (tmp_path / "web.log").write_text("".join(f"{number}\n" for number in range(10_000)))
    assert last_lines(tmp_path, "web", 3) == ["9997", "9998", "9999"]
    assert last_lines(tmp_path, "none", 3) == []
