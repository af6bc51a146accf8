"""A recorded day as a file of JSON lines: a head, the agents, the contacts. Whatever comes in may be hostile. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeVar

import orjson
from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from core.errors import Refusal
from routing.recorded.day import MOST_AGENTS, MOST_CONTACTS, Contact, RecordedDay, Staffer

VERSION = 1
MOST_BYTES = 128 * 1024 * 1024
_LONGEST_LINE = 1_048_576
_LONGEST_DAY = 90_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Head:
    """The first line. The counts tell a file that was cut off."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    hotline_day: Literal[1]
    date: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]
    time_zone: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+/-]{1,64}$")]
    seconds: Annotated[float, Field(gt=0, le=_LONGEST_DAY, allow_inf_nan=False)]
    agents: Annotated[int, Field(ge=0, le=MOST_AGENTS)]
    contacts: Annotated[int, Field(ge=0, le=MOST_CONTACTS)]
    left_out: Annotated[int, Field(ge=0)] = 0


_HEAD = TypeAdapter(_Head)
_STAFFER = TypeAdapter(Staffer)
_CONTACT = TypeAdapter(Contact)
_CONTACT_DEFAULTS = asdict(Contact(0.0, "", "", "", 0.0))


def dump(day: RecordedDay) -> Iterator[bytes]:
    """The lines of the file."""
    head = _Head(1, day.date, day.time_zone, day.seconds, len(day.staff), len(day.contacts), day.left_out)
    yield orjson.dumps(head) + b"\n"
    for staffer in day.staff:
        yield orjson.dumps(staffer) + b"\n"
    for contact in day.contacts:
        yield orjson.dumps(_short(asdict(contact))) + b"\n"


def _short(fields: dict[str, Any]) -> dict[str, Any]:
    """Without what is as usual."""
    always = ("at", "channel", "queue", "tier", "wait")
    return {
        name: value for name, value in fields.items()
        if name in always or (value or None) != (_CONTACT_DEFAULTS[name] or None)
    }  # fmt: skip


def load(content: bytes) -> RecordedDay:
    """The day of a file. Refusals: ``day.too_large``, ``day.other_version``, ``day.broken`` with the line."""
    if len(content) > MOST_BYTES:
        raise Refusal("day.too_large", f"a recorded day has at most {MOST_BYTES:,} bytes")
    lines = content.splitlines()
    head = _head(lines)
    if len(lines) != 1 + head.agents + head.contacts:
        text = f"{head.agents + head.contacts:,} agents and contacts are announced, {len(lines) - 1:,} are there"
        raise Refusal("day.broken", f"the file is cut off or was put together by hand: {text}")
    staff = tuple(_read(_STAFFER, lines, at) for at in range(1, 1 + head.agents))
    contacts = tuple(_read(_CONTACT, lines, at) for at in range(1 + head.agents, len(lines)))
    day = RecordedDay(head.date, head.time_zone, head.seconds, contacts, staff, head.left_out)
    _check(day)
    return day


def _head(lines: list[bytes]) -> _Head:
    if not lines:
        raise Refusal("day.broken", "the file is empty")
    if len(lines[0]) <= _LONGEST_LINE and _version(lines[0]) not in (None, VERSION):
        raise Refusal("day.other_version", f"the file has another form than the one ({VERSION}) that is known here")
    return _read(_HEAD, lines, 0)


def _version(line: bytes) -> object:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return found.get("hotline_day") if isinstance(found, dict) else None


def _read(kind: TypeAdapter[T], lines: list[bytes], at: int) -> T:
    if len(lines[at]) > _LONGEST_LINE:
        raise Refusal("day.broken", f"line {at + 1} is too long", line=at + 1)
    try:
        return kind.validate_json(lines[at], strict=True)
    except ValidationError as error:
        raise Refusal("day.broken", f"line {at + 1}: {_first(error)}", line=at + 1) from None


def _first(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(map(str, found['loc']))!r:.120}: {found['msg']:.200}"


def _check(day: RecordedDay) -> None:
    """What types cannot say: order, and that nothing lies outside of the day."""
    codes = [staffer.code for staffer in day.staff]
    if len(set(codes)) != len(codes):
        raise Refusal("day.broken", "an agent is there twice")
    for staffer in day.staff:
        ends = [moment for span in staffer.duty for moment in span]
        if any(one > other for one, other in pairwise(ends)) or (ends and ends[-1] > day.seconds):
            raise Refusal("day.broken", f"the duty of agent {staffer.code!r} is out of order or outside of the day")
    times = [contact.at for contact in day.contacts]
    if any(one > other for one, other in pairwise(times)) or (times and times[-1] > day.seconds):
        raise Refusal("day.broken", "contacts are out of order or outside of the day")
    if any(
        contact.rings and sum(ring.seconds for ring in contact.rings) > contact.wait + 1 for contact in day.contacts
    ):
        raise Refusal("day.broken", "a contact was rung for longer than it waited")
