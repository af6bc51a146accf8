"""The command line: wrong calls are told apart from failures, help says what there is."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from core.settings import ROOT
from processes.cli import main

_COMMANDS = ("up", "down", "logs", "test", "check", "seed", "bench", "config", "domain", "pbx", "day", "tune")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["frob"],
        ["test", "slow"],
        ["seed", "--customers", "many"],
        ["seed", "--customers", "-1"],
        ["seed", "--days", "91"],
        ["bench"],
        ["up", "x"],
    ],
)
def test_a_wrong_call_ends_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: ./hotline" in capsys.readouterr().err


@pytest.mark.parametrize("command", _COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"./hotline {command}" in capsys.readouterr().out


def test_an_unknown_measurement_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "../processes/cli"]) == 2
    assert "there are:" in capsys.readouterr().err


def test_parts_of_measurements_are_no_measurements(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "figures"]) == 2
    told = capsys.readouterr().err
    assert "ring" in told and "figures," not in told.partition("there are:")[2]


def _script(*arguments: str, directory: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(directory / "hotline"), *arguments],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_script_refuses_an_unknown_command_before_it_installs_anything(tmp_path: Path) -> None:
    (tmp_path / "hotline").write_text((ROOT / "hotline").read_text())
    done = _script("frob", directory=tmp_path)
    assert done.returncode == 2
    assert "unknown command: frob" in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["hotline"]


def test_the_script_names_every_command(tmp_path: Path) -> None:
    (tmp_path / "hotline").write_text((ROOT / "hotline").read_text())
    told = _script("--help", directory=tmp_path).stdout
    assert [command for command in _COMMANDS if f"\n  {command} " not in told] == []


def test_the_script_says_which_python_it_needs(tmp_path: Path) -> None:
    (tmp_path / "hotline").write_text((ROOT / "hotline").read_text())
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("dirname", "cmp", "date"):
        (tools / name).symlink_to(next(p for d in ("/usr/bin", "/bin") if (p := Path(d, name)).exists()))
    done = _script("up", directory=tmp_path, PATH=f"{tmp_path}:{tools}", HOTLINE_PYTHON="")
    assert done.returncode == 1
    assert "needs Python 3.11" in done.stderr
    assert not (tmp_path / ".venv").exists()
