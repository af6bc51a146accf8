"""Sign-ins of the demo company: passwords made by chance at the first start, kept only as argon2id hashes."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

from argon2 import PasswordHasher

from crm_sync.demo.company import ADMINISTRATOR, AGENTS, SUPERVISOR, demo_id

# The least that OWASP's password storage sheet allows for argon2id: the first start hashes for everybody at once.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_LENGTH = 3, 4


@dataclass(frozen=True, slots=True)
class DemoUser:
    """Who can sign in, before there is a password."""

    login: str
    name: str
    role: str
    agent_id: UUID | None
    language: str


@dataclass(frozen=True, slots=True)
class SignIn:
    """A fresh sign-in; ``password`` exists nowhere else."""

    user: DemoUser
    password: str
    password_hash: str


def demo_users() -> list[DemoUser]:
    """Everybody; first those whom `up` shows: an agent with an English screen, who leads it, and one with a Chinese."""
    agents = [DemoUser(one.code, one.name, "agent", demo_id("agent", one.code), one.language) for one in AGENTS]
    first = next(one for one in agents if one.language == "en")
    return [
        first,
        DemoUser(*SUPERVISOR, "supervisor", None, "en"),
        DemoUser(*ADMINISTRATOR, "administrator", None, "en"),
        *(one for one in agents if one is not first),
    ]


def make_sign_ins(users: Sequence[DemoUser]) -> list[SignIn]:
    """A password (about 59 bits) and its hash for each; all cores work on the hashes."""
    passwords = [_password() for _ in users]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        hashes = list(pool.map(_HASHER.hash, passwords))
    return [SignIn(*each) for each in zip(users, passwords, hashes, strict=True)]


def _password() -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
