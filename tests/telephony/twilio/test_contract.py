"""Every request that we send to Twilio, held by Prism against the description of the API that Twilio publishes.

Prism and the description come by npm, locked, into the cache of downloads: the first run takes half a minute more.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from core import clock
from core.embedded import node as nodes
from core.embedded.debian import cache_root
from core.embedded.node import Node
from core.embedded.ports import any_free
from core.embedded.process import ServerCommand, ServerProcess, wait_until
from core.ids import new_id
from core.interaction import Channel
from processes.console_build import NODE_HOME, uv
from telephony.messages.accounts import Account
from telephony.messages.port import Outgoing, OutgoingFile, RefusedForGood
from telephony.twilio.provider import TwilioProvider
from tests.telephony.messages.company import ANN, OURS

LOCKED = Path(__file__).parent / "contract"
NODE_LOCK = Path(__file__).parents[3] / "requirements" / "build.txt"
DESCRIPTION = "node_modules/@twilio/cli-core/src/services/twilio-api/twilio_api_v2010.json"
SMS = Account(new_id(), "main", Channel.SMS, OURS, None, "twilio")
WHATSAPP = replace(SMS, channel=Channel.WHATSAPP)
FILES = [OutgoingFile(new_id(), name, "image/png", b"x") for name in ("a.png", "b.png")]


def outgoing(body: str, **fields: Any) -> Outgoing:
    return Outgoing(new_id(), new_id(), ANN, ANN, "", body, clock.now(), **fields)


def template(sid: str) -> dict[str, Any]:
    return {"template": {"sid": sid, "variables": {"1": "Ann", "2": "你好"}}}


GOOD = {
    "a text": (SMS, outgoing("hello 你好 & = + €")),
    "the longest text": (SMS, outgoing("x" * 1600)),
    "by a messaging service": (replace(SMS, settings={"messaging_service_sid": "MG" + "1" * 32}), outgoing("x")),
    "a picture": (SMS, outgoing("", files=FILES[:1])),
    "two pictures with a text": (SMS, outgoing("see", files=FILES)),
    "WhatsApp within the window": (WHATSAPP, outgoing("hi", last_inbound_at=clock.now())),
    "a WhatsApp template": (WHATSAPP, outgoing("", details=template("HX" + "1" * 32))),
}
BAD = {
    "a template that is none": (WHATSAPP, outgoing("", details=template("nonsense"))),
    "a service that is none": (replace(SMS, settings={"messaging_service_sid": "x"}), outgoing("x")),
}


def installed() -> tuple[Node, Path]:
    """Node, and the directory of the locked packages; they are installed there once for each lock."""
    tool = nodes.find(NODE_HOME) or nodes.install(NODE_HOME, uv(), NODE_LOCK)
    lock = (LOCKED / "package-lock.json").read_bytes()
    home = cache_root() / f"twilio-contract-{sha256(lock).hexdigest()[:12]}"
    if not (home / ".installed").exists():
        shutil.copytree(LOCKED, home, dirs_exist_ok=True)
        command = [*tool.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress"]
        subprocess.run(command, cwd=home, env=tool.environment, check=True, capture_output=True)
        (home / ".installed").touch()
    return tool, home


def described(source: Path, target: Path) -> None:
    """Twilio's description, where repeated fields are said to be repeated: Prism takes a single one for no list."""
    document = json.loads(source.read_text(encoding="utf-8"))
    for path in document["paths"].values():
        for operation in (each for each in path.values() if isinstance(each, dict)):
            for content in operation.get("requestBody", {}).get("content", {}).values():
                fields = content.get("schema", {}).get("properties", {})
                lists = [name for name, schema in fields.items() if schema.get("type") == "array"]
                content["encoding"] = {name: {"style": "form", "explode": True} for name in lists}
    target.write_text(json.dumps(document), encoding="utf-8")


@pytest.fixture(scope="module")
def prism(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of Prism over Twilio's description; it refuses what does not fit by 422."""
    (tool, home), place = installed(), tmp_path_factory.mktemp("prism")
    described(home / DESCRIPTION, place / "twilio.json")
    port = any_free()
    script = home / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"
    argv = (str(tool.node), str(script), "mock", str(place / "twilio.json"), "--errors", "-h", "127.0.0.1")
    command = ServerCommand(name="prism", argv=(*argv, "-p", str(port)), environment=tool.environment)
    server, url = ServerProcess(command, place / "prism.log"), f"http://127.0.0.1:{port}"
    server.start()
    try:
        wait_until(lambda: answers(url), seconds=90, alive=server.alive, what="Prism")
        yield url
    finally:
        server.stop()


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=2)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


async def send(url: str, account: Account, message: Outgoing) -> Any:
    provider = TwilioProvider(
        "AC" + "0" * 32, "a token", public_url="https://hotline.example.com", api_url=url, timeout=30.0
    )
    try:
        return await provider.send(account, message)
    finally:
        provider.close()


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_what_we_send_fits_what_twilio_publishes(prism: str) -> None:
    sent = await asyncio.gather(*(send(prism, *each) for each in GOOD.values()))
    assert [each.external_id[:2] for each in sent] == ["SM"] * len(GOOD)
    for name, each in BAD.items():
        with pytest.raises(RefusedForGood) as caught:
            await send(prism, *each)
        assert caught.value.code == "twilio.422", name
