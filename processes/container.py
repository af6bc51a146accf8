"""The way into a container: secrets that it shares with the others become addresses, then it is a process.

``python -m processes.container NAME [ARGUMENT …]`` runs ``processes.NAME``. Three names are its own: ``secrets``
makes the shared secrets once, ``setup`` brings the schema up to date and creates the demo company, and
``healthy`` tells by its exit code whether this container's PostgreSQL and Valkey can be reached.
"""

from __future__ import annotations

import asyncio
import os
import runpy
import secrets
import socket
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from core.embedded import postgres
from core.embedded.secret_file import write_secret

SECRETS = ("postgres", "valkey", "ami")
_SHARED_MODE = 0o444
_USAGE = "usage: python -m processes.container NAME [ARGUMENT …]"


def secrets_directory() -> Path:
    """The volume that all containers see."""
    return Path(os.environ.get("HOTLINE_SECRETS") or "/run/hotline-secrets")


def make_secrets(directory: Path) -> list[str]:
    """Make the secrets that are not there yet; returns their names.

    They are readable for every user in the containers that mount the volume, because the images of PostgreSQL and
    Valkey run as users of their own; no other container and no port sees them.
    """
    directory.mkdir(parents=True, exist_ok=True)
    made = [name for name in SECRETS if not (directory / name).exists()]
    for name in made:
        half = directory / f".{name}"
        write_secret(half, secrets.token_urlsafe(32))
        half.chmod(_SHARED_MODE)
        half.rename(directory / name)
    return made


def fill_addresses(environment: MutableMapping[str, str], directory: Path) -> None:
    """Set the addresses of the three servers, except those that are given."""
    if not (directory / "postgres").exists():
        return
    word = {name: (directory / name).read_text().strip() for name in SECRETS}
    environment.setdefault("DATABASE_URL", f"postgresql://hotline:{word['postgres']}@postgres:5432/hotline")
    environment.setdefault("REDIS_URL", f"redis://:{word['valkey']}@valkey:6379/0")
    environment.setdefault("AMI_URL", f"ami://hotline:{word['ami']}@asterisk:5138")


def main(arguments: Sequence[str]) -> int:
    """See the module's docstring."""
    if not arguments or not arguments[0].isidentifier():
        print(_USAGE, file=sys.stderr)
        return 2
    name, *rest = arguments
    if name == "secrets":
        print(f"made: {', '.join(make_secrets(secrets_directory())) or 'nothing, all are there'}")
        return 0
    fill_addresses(os.environ, secrets_directory())
    if name == "healthy":
        return 0 if reaches_stores(os.environ) else 1
    if name == "setup":
        return asyncio.run(_setup())
    sys.argv = [name, *rest]
    runpy.run_module(f"processes.{name}", run_name="__main__", alter_sys=True)
    return 0


async def _setup() -> int:
    from core.db import Database  # noqa: PLC0415  (the settings are read from the filled environment)
    from core.migrate import migrate  # noqa: PLC0415
    from core.settings import settings  # noqa: PLC0415
    from processes import seed, up  # noqa: PLC0415

    async with Database(settings().database_url) as database:
        await migrate(database.engine)
    if settings().demo:
        await seed.demo_company(settings().database_url, up.sign_ins_file(settings()))
        print(f"the demo company's sign-ins are in {up.sign_ins_file(settings())}")
    return 0


def reaches_stores(environment: Mapping[str, str]) -> bool:
    """Whether PostgreSQL and Valkey answer; by bare sockets, because it runs often and must cost nothing."""
    database, valkey = (urlsplit(environment.get(name, "")) for name in ("DATABASE_URL", "REDIS_URL"))
    return postgres.answers(database.port or 5432, host=database.hostname or "") and _pong(valkey)


def _pong(address: SplitResult) -> bool:
    try:
        with socket.create_connection((address.hostname or "", address.port or 6379), timeout=3) as connection:
            connection.sendall(f"AUTH {unquote(address.password or '')}\r\nPING\r\n".encode())
            answers = connection.makefile("rb")
            return [answers.readline(100), answers.readline(100)][1] == b"+PONG\r\n"
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
