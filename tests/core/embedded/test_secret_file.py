"""Files with secrets: closed to others, and never half there."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from core.embedded.secret_file import write_secret


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("old")
    file.chmod(0o644)
    write_secret(file, "new")
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("new", 0o600)
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_in_its_place_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim, file = tmp_path / "victim", tmp_path / "secret"
    victim.write_text("victim")
    file.symlink_to(victim)
    write_secret(file, "secret")
    assert victim.read_text() == "victim" and not file.is_symlink()


def test_a_death_in_the_middle_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret"
    write_secret(file, "old")

    def die(*_arguments: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(Path, "write_text", die)
        with pytest.raises(KeyboardInterrupt):
            write_secret(file, "new")
    assert file.read_text() == "old"
    write_secret(file, "new")
    assert file.read_text() == "new"
