"""The command `config`: exit codes, file and line of what is wrong, and a change that comes back."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import Refusal
from core.settings import Settings
from processes import config_cli
from processes.cli import main
from tests.routing.configuration.files import GOOD


class Shell:
    """Runs the command on the test's own stores."""

    def __init__(self, home: Path, database_url: str, redis_url: str) -> None:
        self.home = home
        self.settings = Settings(database_url=database_url, redis_url=redis_url, var_dir=home / "var")

    async def run(self, *arguments: str) -> int:
        parsed: argparse.Namespace = config_cli.parser().parse_args(arguments)
        return await config_cli.run(parsed, self.settings)

    def file(self, text: str, name: str = "hotline.yaml") -> str:
        (self.home / name).write_text(text, encoding="utf-8")
        return str(self.home / name)


@pytest.fixture
def shell(tmp_path: Path, database_url: str, redis_url: str) -> Shell:
    return Shell(tmp_path, database_url, redis_url)


_COMPLETE = GOOD.replace("queues: [cargo]", "queues: [cargo, shipments, complaints]").replace(
    "queues:\n  cargo:", "queues:\n  shipments: {name: S}\n  complaints: {name: C}\n  cargo:"
)
"""With the queues to which the demo company's menu leads."""


@pytest.mark.long
async def test_plan_apply_rollback_export(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    file = shell.file(_COMPLETE)
    assert await shell.run("plan", file) == 2
    assert "+ queue cargo\n    name: {en: Cargo, zh: 货物}" in capsys.readouterr().out
    assert await shell.run("apply", file, "--author", "ana", "--note", "begin") == 0
    assert "Applied as version 2." in capsys.readouterr().out
    assert await shell.run("plan", file) == 0
    assert "No change." in capsys.readouterr().out

    changed = shell.file(_COMPLETE.replace("target_seconds: 30", "target_seconds: 25"))
    assert await shell.run("plan", changed) == 2
    told = capsys.readouterr().out
    assert "~ queue claims\n    target_seconds: 30 → 25\n" in told
    assert "1 thing changes; 0 waiting interactions are touched." in told
    assert await shell.run("apply", changed, "--author", "ben") == 0
    assert await shell.run("rollback", "--author", "ana") == 0
    assert "As it was at version 2; this is version 4." in capsys.readouterr().out
    assert await shell.run("versions") == 0
    told = capsys.readouterr().out
    assert [line.split()[0] for line in told.splitlines()] == ["4", "3", "2", "1"]
    assert "begin" in told

    assert await shell.run("export") == 0
    exported = shell.file(capsys.readouterr().out, "exported.yaml")
    assert await shell.run("plan", exported) == 0


_WRONG = {
    "stranded_queue": ("skills: {claims: 3}", "skills: {claims: 5}"),
    "unknown_skill": ("preferred: {claims: 1}", "preferred: {opera: 1}"),
    "overlapping_hours": ('sat: ["09:00-12:00"]', 'sat: ["09:00-12:00", "11:30-13:00"]'),
    "circle": ("target_seconds: 30", "overflow: [{to: cargo, after_seconds: 5}]"),
}


@pytest.mark.parametrize("code", _WRONG)
async def test_what_is_wrong_is_told_with_file_and_line_and_nothing_is_applied(
    shell: Shell, capsys: pytest.CaptureFixture[str], code: str
) -> None:
    old, new = _WRONG[code]
    file = shell.file(_COMPLETE.replace(old, new, 1))
    line = _COMPLETE[: _COMPLETE.index(old)].count("\n") + 1
    for command in ("plan", "apply"):
        assert await shell.run(command, file) == 1
        told = capsys.readouterr()
        assert told.err.startswith(f"{file}:{line}: ")
        assert told.err.splitlines()[0].endswith(f"[configuration.{code}]")
        assert (told.out, "nothing is applied" in told.err) == ("", True)
    assert await shell.run("versions") == 0
    assert capsys.readouterr().out == ""


async def test_a_file_full_of_mistakes_is_told_in_short(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    assert await shell.run("plan", shell.file("skills:\n" + "".join(f"  s{n}: []\n" for n in range(500)))) == 1
    assert "… and 450 more" in capsys.readouterr().err


async def test_a_queue_to_which_a_menu_leads_cannot_be_left_out(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await shell.run("apply", shell.file(_COMPLETE)) == 0
    assert await shell.run("plan", shell.file(GOOD)) == 1
    assert "menu 'main' leads there" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["missing.yaml", ".", "binary.yaml"])
async def test_files_that_cannot_be_read_are_refused(shell: Shell, name: str) -> None:
    (shell.home / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Refusal, match=r"configuration\.(no_file|not_text)"):
        await shell.run("plan", str(shell.home / name))


@pytest.mark.parametrize("arguments", [[], ["plan"], ["frob"], ["rollback", "x"]])
def test_a_wrong_call_is_no_word_of_changes(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["config", *arguments])
    assert ended.value.code == 1
    assert "usage: ./hotline config" in capsys.readouterr().err


@pytest.mark.long
def test_help_tells_the_exit_codes() -> None:
    command = [sys.executable, "-m", "processes.cli", "config", "--help"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "0 no change, 2 changes, 1 refused" in told
