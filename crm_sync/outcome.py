"""The agent concludes: outcome, note, timeline and outbox, all in the caller's one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import Row

from core import clock
from core.db import UnitOfWork
from core.errors import Conflict, NotFound, Refusal
from core.events import OutcomeRecorded
from core.interaction import InteractionState
from core.logs import logger
from crm_sync.call_facts import CallFacts, read_call_facts
from crm_sync.notes import clean_note
from crm_sync.outbox import put_outcome
from crm_sync.timeline import write_call_entry

log = logger(__name__)

MAX_WRAP_UP_SECONDS = 24 * 3600
_CONCLUDABLE = frozenset(state.value for state in InteractionState.served()) | {InteractionState.CLOSED.value}

# The customer's row is locked, so that the outbox positions of one customer stand in the order of the commits.
_LOCK = text(
    """
    select c.id from customers c join interactions i on i.customer_id = c.id
    where i.id = :id and i.domain = :domain for no key update of c
    """
)
_CODE = text(
    """
    select c.name_en, c.name_zh, c.active, exists (
        select 1 from outcome_codes child where child.domain = c.domain and child.parent = c.code and child.active
    ) as has_children
    from outcome_codes c where c.domain = :domain and c.code = :code
    """
)
_INSERT = text(
    """
    insert into outcomes (interaction_id, domain, customer_id, agent_id, code, note, wrap_up_seconds, recorded_at)
    values (:interaction_id, :domain, :customer_id, :agent_id, :code, :note, :wrap_up_seconds, :recorded_at)
    """
)
_STANDING = text(
    """
    select o.agent_id, o.code, o.note, b.id as outbox_id
    from outcomes o left join outbox b on b.interaction_id = o.interaction_id and b.kind = 'outcome.recorded'
    where o.interaction_id = :id
    """
)


@dataclass(frozen=True, slots=True)
class Concluded:
    """What stands on the record. ``repeated``: it stood there before, nothing was written."""

    interaction_id: UUID
    customer_id: UUID
    outbox_id: UUID | None
    repeated: bool


async def record_outcome(  # noqa: PLR0917
    work: UnitOfWork, interaction_id: UUID, agent_id: UUID, code: str, note: str, wrap_up_seconds: int
) -> Concluded:
    """Write what the agent concluded. ``agent_id`` must be the one who served the interaction.

    Saying the same twice is no error; ``Conflict`` (``outcome.exists``, ``interaction.not_served``,
    ``interaction.not_yours``), ``Refusal`` (``outcome.unknown_code``, ``note.too_long``) or ``NotFound`` otherwise.
    """
    note = clean_note(note)
    facts = await _locked_facts(work, interaction_id)
    if facts.outcome_code is not None:
        return await _repeated(work, facts, agent_id, code, note)
    _check_served(facts, agent_id)
    name = await _name_of(work, code)
    facts = replace(facts, outcome_code=code, outcome_name_en=name.name_en, outcome_name_zh=name.name_zh, note=note)
    outbox_id = await _write(work, facts, agent_id, min(max(0, wrap_up_seconds), MAX_WRAP_UP_SECONDS))
    log.info("outcome recorded", interaction_id=str(interaction_id), code=code, outbox_id=str(outbox_id))
    return Concluded(interaction_id, facts.customer_id, outbox_id, repeated=False)


async def _locked_facts(work: UnitOfWork, interaction_id: UUID) -> CallFacts:
    locked = await work.one_or_none(_LOCK, {"id": interaction_id, "domain": work.domain})
    if locked is None:
        raise NotFound("interaction.unknown", "There is no such interaction.")
    return (await read_call_facts(work, [interaction_id]))[0]


def _check_served(facts: CallFacts, agent_id: UUID) -> None:
    if facts.state not in _CONCLUDABLE or facts.agent_id is None:
        raise Conflict("interaction.not_served", "Nobody has served this interaction, so it has no outcome.")
    if facts.agent_id != agent_id:
        raise Conflict("interaction.not_yours", "Another agent serves this interaction.")


async def _name_of(work: UnitOfWork, code: str) -> Row[tuple[str, str, bool, bool]]:
    row = await work.one_or_none(_CODE, {"domain": work.domain, "code": code.replace("\0", "")})
    if row is None or not row.active or row.has_children:
        raise Refusal("outcome.unknown_code", "Choose one of the outcomes at the ends of the tree.")
    return row


async def _repeated(work: UnitOfWork, facts: CallFacts, agent_id: UUID, code: str, note: str) -> Concluded:
    row = await work.one_or_none(_STANDING, {"id": facts.id})
    if row is None or (row.agent_id, row.code, row.note) != (agent_id, code, note):
        raise Conflict("outcome.exists", "This interaction has been concluded already.")
    return Concluded(facts.id, facts.customer_id, row.outbox_id, repeated=True)


async def _write(work: UnitOfWork, facts: CallFacts, agent_id: UUID, wrap_up_seconds: int) -> UUID:
    recorded_at = clock.now()
    values = {
        "interaction_id": facts.id, "domain": work.domain, "customer_id": facts.customer_id, "agent_id": agent_id,
        "code": facts.outcome_code, "note": facts.note, "wrap_up_seconds": wrap_up_seconds, "recorded_at": recorded_at,
    }  # fmt: skip
    await work.execute(_INSERT, values)
    await write_call_entry(work, facts)
    outbox_id = await put_outcome(work, facts, wrap_up_seconds, recorded_at)
    work.record(
        OutcomeRecorded(
            interaction_id=facts.id, customer_id=facts.customer_id, agent_id=agent_id,
            code=str(facts.outcome_code), outbox_id=outbox_id,
        )
    )  # fmt: skip
    return outbox_id
