"""The rendered configuration, and starts that must not succeed."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from core.embedded.programs import Program
from core.errors import Refusal
from telephony.asterisk import pbx
from telephony.asterisk.pbx import advice, doctor, process
from telephony.asterisk.pbx.configuration import DIALPLAN, Places
from telephony.asterisk.pbx.sections import section


@pytest.fixture
def installation(tmp_path: Path) -> pbx.Installation:
    """A tree that looks like an Asterisk and ends at once when it is started."""
    for name in ("modules", "data/sounds/en", "data/documentation"):
        (tmp_path / "asterisk" / name).mkdir(parents=True)
    (tmp_path / "asterisk/modules/chan_pjsip.so").touch()
    program = Program(("/bin/sh", "-c", "echo no good; exit 3"), "22.1.0")
    return pbx.Installation(program, tmp_path / "asterisk/modules", tmp_path / "asterisk/data")


def places(tmp_path: Path, installation: pbx.Installation, **values: object) -> Places:
    config = pbx.PbxConfig(tmp_path / "pbx", **values)  # type: ignore[arg-type]
    return Places(config, installation, tmp_path / "run", tmp_path / "data", None)


def test_everything_listens_on_loopback_only(tmp_path: Path, installation: pbx.Installation) -> None:
    files = pbx.render(places(tmp_path, installation))
    text = "".join(files.values())
    assert "0.0.0.0" not in text.replace("deny=0.0.0.0/0.0.0.0", "")
    assert "bindaddr=127.0.0.1" in files["manager.conf"]
    assert "bind=127.0.0.1:5160" in files["pjsip.conf"]


def test_modules_that_this_asterisk_does_not_have_are_not_asked_for(
    tmp_path: Path, installation: pbx.Installation
) -> None:
    text = pbx.render(places(tmp_path, installation, extra_modules=("app_queue.so",)))["modules.conf"]
    assert [line for line in text.splitlines() if line.startswith("load=")] == [
        "load=chan_pjsip.so",
        "load=app_queue.so",
    ]


def test_a_bench_may_add_files_and_add_to_files(tmp_path: Path, installation: pbx.Installation) -> None:
    extra = {"queues.conf": "[bench]", "extensions.conf": "[bench-queue]"}
    files = pbx.render(places(tmp_path, installation, extra=extra))
    assert files["queues.conf"].strip() == "[bench]"
    assert str(DIALPLAN) in files["extensions.conf"]
    assert files["extensions.conf"].endswith("[bench-queue]\n")


def test_behind_nat_the_outside_address_is_told(tmp_path: Path, installation: pbx.Installation) -> None:
    text = pbx.render(places(tmp_path, installation, external_address="198.51.100.7", local_networks=("10.0.0.0/8",)))[
        "pjsip.conf"
    ]
    assert "external_media_address=198.51.100.7" in text
    assert "local_net=10.0.0.0/8" in text


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ["127.0.0.0/8"]),
        ({"ami_bind_address": "0.0.0.0"}, ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]),
        ({"ami_bind_address": "0.0.0.0", "ami_permit": ("10.1.2.3",)}, ["10.1.2.3"]),
    ],
)
def test_ami_is_open_to_no_more_than_private_networks(
    tmp_path: Path, installation: pbx.Installation, values: dict[str, object], expected: list[str]
) -> None:
    text = pbx.render(places(tmp_path, installation, **values))["manager.conf"]
    assert [line.removeprefix("permit=") for line in text.splitlines() if line.startswith("permit=")] == expected


@pytest.mark.parametrize("bad", ["a\nb", "a\r", "a\0", "a\u2028b", "a\x85b", "x" * 1001])
def test_a_value_cannot_leave_its_line(bad: str) -> None:
    with pytest.raises(Refusal):
        section("name", [("key", bad)])


def test_a_semicolon_does_not_start_a_comment() -> None:
    assert section("name", [("key", "a;b")]) == "[name]\nkey=a\\;b\n"


def test_secrets_are_for_the_owner_only(tmp_path: Path, installation: pbx.Installation) -> None:
    made = process.prepare(pbx.PbxConfig(tmp_path / "pbx", ami_secret="s" * 20), installation)
    for path in made.etc.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path.name
    assert doctor.own_ami_url(tmp_path / "pbx") == f"ami://hotline:{'s' * 20}@127.0.0.1:5138"


def test_the_control_socket_fits_whatever_the_directory_is(tmp_path: Path, installation: pbx.Installation) -> None:
    made = process.prepare(pbx.PbxConfig(tmp_path / ("d" * 60) / ("e" * 60)), installation)
    assert len(str(made.run / "asterisk.ctl")) < 108
    made.run.rmdir()


def test_without_music_of_its_own_it_plays_ours(tmp_path: Path, installation: pbx.Installation) -> None:
    made = process.prepare(pbx.PbxConfig(tmp_path / "pbx"), installation)
    assert [path.name for path in (made.data / "moh").iterdir()] == ["hotline-tone.ulaw"]
    (installation.data_directory / "moh").mkdir()
    (installation.data_directory / "moh/song.wav").touch()
    process.prepare(pbx.PbxConfig(tmp_path / "pbx"), installation)
    assert [path.name for path in (made.data / "moh").iterdir()] == ["song.wav"]


def test_an_asterisk_that_ends_says_its_last_words(tmp_path: Path, installation: pbx.Installation) -> None:
    with pytest.raises(pbx.PbxFailed, match="no good") as caught:
        pbx.start(pbx.PbxConfig.on_free_ports(tmp_path / "pbx"), installation, timeout_seconds=5)
    assert caught.value.code == "pbx.start_failed"


def test_a_taken_port_is_named(tmp_path: Path, installation: pbx.Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "PORT_SECONDS", 0.2)
    config = pbx.PbxConfig.on_free_ports(tmp_path / "pbx")
    with socket.socket() as occupant:
        occupant.bind(("127.0.0.1", config.ports.ami))
        occupant.listen()
        with pytest.raises(pbx.PbxFailed, match=str(config.ports.ami)) as caught:
            pbx.start(config, installation)
    assert caught.value.code == "pbx.port_taken"


def test_advice_names_the_include_and_the_classes() -> None:
    text = advice.everything()
    assert f"#include {DIALPLAN}" in text
    assert "read=system,call,user,agi,dtmf" in text
