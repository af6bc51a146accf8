"""The console's types are those of the models."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_desk import typescript


def test_the_generated_file_is_fresh() -> None:
    assert typescript.main(["--check"]) == 0, "run: python -m agent_desk.typescript"


def test_a_stale_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stale = tmp_path / "protocol.ts"
    stale.write_text("export type Old = 1\n")
    assert typescript.main(["--check", "--target", str(stale)]) == 1
    assert "stale" in capsys.readouterr().err
    assert stale.read_text() == "export type Old = 1\n"


def test_what_we_send_is_complete_and_what_we_take_may_be_partial() -> None:
    text = typescript.render()
    assert "  type: 'snapshot'\n" in text
    assert "  delivery: 'none' | 'pending' | 'delivered' | 'dead'\n" in text
    assert "  note?: string\n" in text
    assert "  presence: Presence\n  reason?: string | null\n" in text
