"""Writing the demo company's configuration, once; what an administrator changed later stays as it is."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import Table, select, text, update
from sqlalchemy.dialects.postgresql import insert

from core import clock
from core.db import UnitOfWork
from core.errors import Conflict
from core.events import ConfigurationChanged, EndpointProvisioned
from core.tables import (
    agent_endpoints,
    agent_skills,
    agent_states,
    agents,
    channel_accounts,
    connectors,
    domains,
    entry_numbers,
    outcome_codes,
    queue_memberships,
    queues,
    skills,
    users,
)
from crm_sync.demo.company import (
    AGENTS,
    CHAT_KEY,
    CHAT_QUEUE,
    CHAT_TEXTS,
    CONNECTOR,
    INBOX_PATH,
    MAIN_NUMBER,
    NAME,
    OUTCOMES,
    QUEUES,
    SKILLS,
    TIME_ZONE,
    WAITING,
    demo_id,
)
from crm_sync.demo.sign_ins import DemoUser, SignIn, demo_users
from crm_sync.demo.write_messages import write_messages


async def write_company(work: UnitOfWork) -> None:
    """Skills, queues, numbers, agents with phones, the outcome tree; what is there already is left alone."""
    named = update(domains).where(domains.c.id == work.domain, domains.c.name == "")
    await work.execute(named.values(name=NAME, time_zone=TIME_ZONE))
    await _put(work, skills, [_named(work, "skill", one) for one in SKILLS])
    await _put(work, queues, [_queue(work, place) for place in range(len(QUEUES))])
    await _put(work, entry_numbers, _numbers(work))
    await _put(work, outcome_codes, [_outcome(work, place) for place in range(len(OUTCOMES))])
    await _put(work, channel_accounts, [_chat(work)])
    await _write_agents(work)
    await write_messages(work)
    work.record(ConfigurationChanged(what="queues"))


async def _write_agents(work: UnitOfWork) -> None:
    domain = {"domain": work.domain}
    ids = {one.code: demo_id("agent", one.code) for one in AGENTS}
    rows = [
        {"id": ids[one.code], "code": one.code, "name": one.name, "voice_capacity": 1, "active": True} for one in AGENTS
    ]
    await _put(work, agents, [row | domain for row in rows])
    levels = [(ids[one.code], demo_id("skill", skill), level) for one in AGENTS for skill, level in one.skills.items()]
    await _put(work, agent_skills, [{"agent_id": a, "skill_id": s, "level": level} for a, s, level in levels])
    members = [(demo_id("queue", queue), ids[one.code]) for one in AGENTS for queue in one.queues]
    await _put(work, queue_memberships, [{"queue_id": queue, "agent_id": agent} for queue, agent in members])
    await _put(work, agent_states, [{"agent_id": agent} | domain for agent in ids.values()])
    phones = [_phone(one.code) | domain | {"kind": one.endpoint_kind.value} for one in AGENTS]
    if await _put(work, agent_endpoints, phones):
        work.record(*(EndpointProvisioned(agent_id=ids[one.code], kind=one.endpoint_kind) for one in AGENTS))


def _phone(code: str) -> dict[str, Any]:
    return {"agent_id": demo_id("agent", code), "endpoint": f"agent-{code}", "secret": secrets.token_urlsafe(24)}


async def connect_demo_crm(work: UnitOfWork, url: str) -> None:
    """One webhook connector: to ``url`` if that is given, else to the demo page of this installation."""
    row = {
        "id": demo_id("connector", "crm"), "domain": work.domain, "name": CONNECTOR, "kind": "webhook", "enabled": True,
        "config": {"url": url or INBOX_PATH, "allow_private": True}, "secret": secrets.token_urlsafe(32),
    }  # fmt: skip
    if not await _put(work, connectors, [row]) and url:
        wanted = update(connectors).where(connectors.c.id == row["id"])
        await work.execute(wanted.values(config=connectors.c.config.op("||")({"url": url})))


async def users_to_make(work: UnitOfWork) -> list[DemoUser]:
    """Those of the demo company who cannot sign in yet."""
    present = set((await work.execute(select(users.c.login))).scalars())
    return [one for one in demo_users() if one.login not in present]


async def write_users(work: UnitOfWork, sign_ins: list[SignIn]) -> None:
    """Let them in."""
    rows = [
        {
            "id": demo_id("user", one.user.login), "domain": work.domain, "login": one.user.login,
            "name": one.user.name, "role": one.user.role, "password_hash": one.password_hash,
            "agent_id": one.user.agent_id, "language": "zh-CN" if one.user.language == "zh" else "en",
            "theme": "system", "active": True,
            "created_at": clock.now(),
        }
        for one in sign_ins
    ]  # fmt: skip
    await _put(work, users, rows)


async def lock(work: UnitOfWork) -> None:
    """Two starts at once do not both make the company."""
    await work.execute(text("select pg_advisory_xact_lock(hashtext('hotline demo company'))"))


async def check_home(work: UnitOfWork) -> None:
    """Raise Conflict when the demo company lives in another domain: there is one of it, with its ids and numbers."""
    elsewhere = select(agents.c.domain).where(agents.c.id == demo_id("agent", AGENTS[0].code))
    home = (await work.execute(elsewhere)).scalar_one_or_none()
    if home not in (None, work.domain):
        raise Conflict("seed.elsewhere", f"The demo company lives in the domain {home}.")


async def _put(work: UnitOfWork, table: Table, rows: list[dict[str, Any]]) -> int:
    """Insert what is not there; how many rows that was."""
    if not rows:
        return 0
    return (await work.execute(insert(table).values(rows).on_conflict_do_nothing())).rowcount


def _named(work: UnitOfWork, kind: str, one: Any) -> dict[str, Any]:
    row = {"id": demo_id(kind, one.code), "domain": work.domain, "code": one.code}
    return row | {"name_en": one.name_en, "name_zh": one.name_zh}


def _queue(work: UnitOfWork, place: int) -> dict[str, Any]:
    one = QUEUES[place]
    limits = {"ring_seconds": 20, "wrap_up_seconds": one.wrap_up_seconds, "target_seconds": one.target_seconds}
    return (
        _named(work, "queue", one)
        | limits
        | WAITING
        | {"required_skills": one.required, "priority": one.priority, "active": True}
    )


def _chat(work: UnitOfWork) -> dict[str, Any]:
    """The widget on the demo page."""
    return {
        "id": demo_id("account", CHAT_KEY), "domain": work.domain, "channel": "chat", "address": CHAT_KEY,
        "name": NAME, "queue_id": demo_id("queue", CHAT_QUEUE), "provider": "widget",
        "settings": {"origins": ["own"], "form": ["name", "email"], "texts": CHAT_TEXTS},
    }  # fmt: skip


def _numbers(work: UnitOfWork) -> list[dict[str, Any]]:
    main: dict[str, Any] = {
        "number": MAIN_NUMBER,
        "domain": work.domain,
        "menu": "main",
        "queue_id": None,
        "language": "en",
        "name": NAME,
    }
    direct = [
        main | {"number": one.number, "menu": None, "queue_id": demo_id("queue", one.code), "name": one.name_en}
        for one in QUEUES
    ]
    return [main, *direct]


def _outcome(work: UnitOfWork, place: int) -> dict[str, Any]:
    code, parent, name_en, name_zh = OUTCOMES[place]
    names = {"code": code, "parent": parent, "name_en": name_en, "name_zh": name_zh}
    return names | {"domain": work.domain, "position": place, "active": True}
