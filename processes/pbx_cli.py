"""`./hotline pbx`: fetch, examine and prepare the PBX by hand."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Sequence

from core.db import Database
from core.embedded import programs
from core.embedded.debian import ProgramUnavailableError
from core.settings import ROOT, settings
from processes.running import open_stores
from routing.configuration.load import load_messages
from telephony.asterisk import pbx
from telephony.asterisk.pbx import advice, doctor, prompts
from telephony.menu.load import load_directory

MENUS = ROOT / "telephony/menu/demo"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parsed = _parser().parse_args(arguments)
    return int(parsed.run(parsed))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./hotline pbx")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    examine = commands.add_parser("doctor", help="examine a PBX over AMI and say what to paste where")
    examine.add_argument("--ami-url", help="ami://user:secret@host:port; default: AMI_URL, else our own Asterisk")
    examine.set_defaults(run=_doctor)
    config = commands.add_parser("config", help="print what another Asterisk needs to work with Hotline")
    config.set_defaults(run=lambda _parsed: print(advice.everything()) or 0)
    fetch = commands.add_parser("fetch", help="bring Asterisk into the cache now")
    fetch.set_defaults(run=_fetch)
    render = commands.add_parser("prompts", help="render prompts that are new or whose text has changed")
    render.add_argument("--check", action="store_true", help="render nothing, fail when something is stale")
    render.set_defaults(run=_prompts)
    say = commands.add_parser("messages", help="render what queues say themselves when they are closed or full")
    say.set_defaults(run=lambda _parsed: asyncio.run(_messages()))
    return parser


def _doctor(parsed: argparse.Namespace) -> int:
    known = settings()
    url = parsed.ami_url or known.ami_url or doctor.own_ami_url(known.var_dir / "pbx")
    if not url:
        print("no PBX: none runs here yet (./hotline up), and neither AMI_URL nor --ami-url names one")
        return 1
    return 0 if doctor.report(doctor.examine(url), print) else 1


def _fetch(_parsed: argparse.Namespace) -> int:
    began = time.monotonic()
    try:
        installation = pbx.locate(print)
    except pbx.PbxUnavailable as error:
        print(error.message)
        return 1
    print(f"Asterisk {installation.version} in {installation.program.root}, {time.monotonic() - began:.1f} s")
    return 0


def _prompts(parsed: argparse.Namespace) -> int:
    stale = prompts.stale(prompts.wanted(load_directory(MENUS).values()))
    if parsed.check or not stale:
        for file in stale:
            print(f"stale: {file.path}")
        return 1 if stale else 0
    try:
        voice = programs.espeak(print)
    except ProgramUnavailableError as error:
        print(error)
        return 1
    prompts.render(stale, voice)
    prompts.render_music()
    return 0


async def _messages() -> int:
    async with (
        open_stores(settings(), print) as stores,
        Database(stores.database_url, pool_size=1) as database,
        database.reading() as connection,
    ):
        texts = await load_messages(connection)
    missing = [(language, words) for language, words in texts if prompts.company_sound(language, words) is None]
    if not missing:
        print("nothing to render")
        return 0
    try:
        voice = await asyncio.to_thread(programs.espeak, print)
    except ProgramUnavailableError as error:
        print(error)
        return 1
    await asyncio.to_thread(prompts.render_company, missing, voice)
    return 0
