"""What the configuration was: every change keeps the whole of it as a text that can be applied again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import insert, select

from core import clock
from core.db import UnitOfWork
from core.errors import NotFound
from core.tables import configuration_versions
from routing.configuration.difference import Change
from routing.configuration.export import export
from routing.configuration.load import Executes
from routing.configuration.model import Whole

_V = configuration_versions.c
_COLUMNS = (_V.version, _V.at, _V.author, _V.note, _V.text)
FOUND = "as found"
"""The note of a version that somebody else made: by the seed, or in the tables themselves."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version; ``text`` is the whole configuration after it."""

    version: int
    at: datetime
    author: str
    note: str
    text: str


async def list_versions(connection: Executes, domain: str, most: int = 20) -> list[Version]:
    """The newest versions, newest first."""
    newest = select(*_COLUMNS).where(_V.domain == domain).order_by(_V.version.desc()).limit(most)
    return [Version(**row._mapping) for row in await connection.execute(newest)]


async def find_version(connection: Executes, domain: str, version: int | None) -> Version:
    """A version, or the one before the newest. Raises NotFound."""
    found = select(*_COLUMNS).where(_V.domain == domain).order_by(_V.version.desc())
    found = found.where(_V.version == version) if version is not None else found.offset(1)
    row = (await connection.execute(found.limit(1))).one_or_none()
    if row is None:
        what = f"version {version} of the configuration" if version is not None else "an earlier configuration"
        raise NotFound("configuration.no_version", f"There is no {what.removeprefix('an ')}.")
    return Version(**row._mapping)


async def note_as_found(work: UnitOfWork, live: Whole) -> None:
    """Before a change: keep what is, unless the newest version says so already."""
    newest = await list_versions(work, work.domain, 1)
    text = export(live)
    if not newest or newest[0].text != text:
        await _add(work, text, author="", note=FOUND, source=None, changes=())


async def note_change(
    work: UnitOfWork, wanted: Whole, changes: Iterable[Change], *, author: str, note: str, source: str
) -> int:
    """After a change; returns its version. ``source``: what was applied, as it was written."""
    return await _add(work, export(wanted), author=author, note=note, source=source, changes=changes)


async def _add(
    work: UnitOfWork, text: str, *, author: str, note: str, source: str | None, changes: Iterable[Change]
) -> int:
    newest = await list_versions(work, work.domain, 1)
    version = newest[0].version + 1 if newest else 1
    plain = orjson.loads(orjson.dumps([change.plain() for change in changes], default=str))
    await work.execute(
        insert(configuration_versions).values(
            domain=work.domain, version=version, at=clock.now(), author=author, note=note, text=text, source=source,
            changes=plain,
        )
    )  # fmt: skip
    return version
