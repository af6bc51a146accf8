"""What containers make of their environment: secrets once, addresses unless given, a PBX as asked for."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from core.embedded.ports import any_free
from core.embedded.postgres import PostgresCluster
from core.embedded.valkey import ValkeyServer
from core.errors import Refusal
from core.settings import Settings
from processes import container, pbx
from processes.stores import chosen_port


def test_secrets_are_made_once(tmp_path: Path) -> None:
    assert container.make_secrets(tmp_path) == ["postgres", "valkey", "ami"]
    before = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert len(set(before.values())) == 3
    assert min(map(len, before.values())) >= 40
    (tmp_path / "ami").unlink()
    assert container.make_secrets(tmp_path) == ["ami"]
    after = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert (after["postgres"], after["valkey"]) == (before["postgres"], before["valkey"])
    assert after["ami"] != before["ami"]


def test_addresses_come_from_the_secrets_unless_they_are_given(tmp_path: Path) -> None:
    container.make_secrets(tmp_path)
    given = {"DATABASE_URL": "postgresql://elsewhere/x"}
    container.fill_addresses(given, tmp_path)
    assert given["DATABASE_URL"] == "postgresql://elsewhere/x"
    assert given["REDIS_URL"] == f"redis://:{(tmp_path / 'valkey').read_text()}@valkey:6379/0"
    assert given["AMI_URL"].endswith("@asterisk:5138")


def test_a_container_is_healthy_while_both_stores_answer(postgres: PostgresCluster, valkey: ValkeyServer) -> None:
    both = {"DATABASE_URL": postgres.url, "REDIS_URL": valkey.url}
    nobody = f"127.0.0.1:{any_free()}"
    assert container.reaches_stores(both)
    assert not container.reaches_stores({**both, "DATABASE_URL": f"postgresql://hotline:x@{nobody}/hotline"})
    assert not container.reaches_stores({**both, "REDIS_URL": f"redis://:x@{nobody}/0"})
    assert not container.reaches_stores({**both, "REDIS_URL": f"redis://:wrong@127.0.0.1:{valkey.port}/0"})


def test_a_wrong_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["../web"], ["web;id"]):
        assert container.main(arguments) == 2
    assert "usage:" in capsys.readouterr().err


def _settings(tmp_path: Path, demo: bool = True) -> Settings:
    return Settings(ami_url="ami://hotline:a%2Fsecret@asterisk:5999", var_dir=tmp_path, demo=demo)


def test_the_pbx_listens_for_its_network_and_names_its_outside_address(tmp_path: Path) -> None:
    asked = {"HOTLINE_PBX_ADDRESS": "192.0.2.7", "HOTLINE_PBX_TRUNKS": "198.51.100.1, 198.51.100.2"}
    made = pbx.configuration(_settings(tmp_path), asked, "172.18.0.5")
    assert (made.ami_secret, made.ports.ami) == ("a/secret", 5999)
    assert made.external_address == "192.0.2.7"
    assert made.trunks[0].match == ("198.51.100.1", "198.51.100.2")
    assert "172.18.0.5 => 192.0.2.7" in made.extra["rtp.conf"]
    assert [phone.name for phone in made.customer_phones] == ["demo-customer"]


def test_without_a_demo_and_without_trunks_nobody_can_call_in(tmp_path: Path) -> None:
    made = pbx.configuration(_settings(tmp_path, demo=False), {}, "172.18.0.5")
    assert (made.customer_phones, made.trunks) == ((), ())


@pytest.mark.parametrize("text", ["", "20000", "a-b", "20099-20000", "20000-70000", "80-90"])
def test_media_ports_that_cannot_be_meant_are_refused(text: str) -> None:
    with pytest.raises(Refusal, match="HOTLINE_PBX_RTP_PORTS"):
        pbx.rtp_ports(text)


def test_a_taken_port_is_said_and_the_next_one_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        taken = listener.getsockname()[1]
        monkeypatch.setenv("HOTLINE_HTTP_PORT", str(taken))
        said: list[str] = []
        port = chosen_port("HTTP", any_free(), said.append)
    assert port > taken
    assert said == [f"http: port {taken} is taken, using {port}"]
