"""Every table, and the one package that writes it. Migrations make them; this describes them to the code."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger, Boolean, Column, DateTime, Integer, LargeBinary, MetaData, Numeric, Table, Text, Uuid,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()


def _id(name: str = "id") -> Column[object]:
    return Column(name, Uuid, primary_key=True)


def _at(name: str, *, nullable: bool = True) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


# -- core ----------------------------------------------------------------------------------------
domains = Table(
    "domains", metadata, Column("id", Text, primary_key=True), Column("name", Text), Column("time_zone", Text),
    Column("epoch", BigInteger), Column("writer", Text), _at("writer_since"),
    _at("writer_seen_at"),
)  # fmt: skip
event_log = Table(
    "event_log", metadata, Column("position", BigInteger, primary_key=True), Column("id", Uuid), Column("domain", Text),
    Column("name", Text), _at("at"), Column("actor", Text), Column("interaction_id", Uuid), Column("agent_id", Uuid),
    Column("payload", JSONB),
)  # fmt: skip
event_unpublished = Table(
    "event_unpublished", metadata, Column("position", BigInteger, primary_key=True), _at("at"),
)  # fmt: skip
interactions = Table(  # written through core.interactions only
    "interactions", metadata, _id(), Column("domain", Text), Column("channel", Text), Column("state", Text),
    Column("version", Integer), Column("customer_id", Uuid), Column("address_kind", Text), Column("address", Text),
    Column("caller_name", Text), Column("called_number", Text), Column("language", Text),
    Column("menu", Text), Column("menu_path", JSONB), Column("queue_id", Uuid), Column("priority", Integer),
    Column("priority_boost", Integer), Column("required_skills", JSONB), Column("agent_id", Uuid),
    Column("reservation_id", Uuid), Column("end_reason", Text), _at("created_at"), _at("queued_at"), _at("answered_at"),
    _at("ended_at"), _at("wrap_up_until"), _at("closed_at"),
)  # fmt: skip

# -- configuration: written by crm_sync's seed and by administration --------------------------------
agents = Table(
    "agents", metadata, _id(), Column("domain", Text), Column("code", Text), Column("name", Text),
    Column("voice_capacity", Integer), Column("active", Boolean),
)  # fmt: skip
skills = Table(
    "skills", metadata, _id(), Column("domain", Text), Column("code", Text), Column("name_en", Text), Column("name_zh", Text),
)  # fmt: skip
agent_skills = Table(
    "agent_skills", metadata, Column("agent_id", Uuid, primary_key=True), Column("skill_id", Uuid, primary_key=True),
    Column("level", Integer),
)  # fmt: skip
queues = Table(
    "queues", metadata, _id(), Column("domain", Text), Column("code", Text), Column("name_en", Text), Column("name_zh", Text),
    Column("required_skills", JSONB), Column("priority", Integer), Column("ring_seconds", Integer),
    Column("wrap_up_seconds", Integer), Column("target_seconds", Integer), Column("active", Boolean),
)  # fmt: skip
queue_memberships = Table(
    "queue_memberships", metadata, Column("queue_id", Uuid, primary_key=True), Column("agent_id", Uuid, primary_key=True),
)  # fmt: skip
entry_numbers = Table(  # a called number leads to a menu, or straight to a queue
    "entry_numbers", metadata, Column("number", Text, primary_key=True), Column("domain", Text), Column("menu", Text),
    Column("queue_id", Uuid), Column("language", Text), Column("name", Text),
)  # fmt: skip

# -- routing -----------------------------------------------------------------------------------------
agent_states = Table(
    "agent_states", metadata, Column("agent_id", Uuid, primary_key=True), Column("domain", Text), Column("presence", Text),
    Column("presence_reason", Text), _at("presence_since"), Column("work_state", Text), _at("work_since"),
    Column("interaction_id", Uuid), _at("idle_since"), _at("wrap_up_until"), Column("version", Integer),
)  # fmt: skip
reservations = Table(
    "reservations", metadata, _id(), Column("domain", Text), Column("interaction_id", Uuid), Column("agent_id", Uuid),
    Column("queue_id", Uuid), Column("channel", Text), Column("state", Text), Column("epoch", BigInteger), _at("created_at"),
    _at("deadline_at"), _at("decided_at"), _at("released_at"), Column("decision", JSONB),
)  # fmt: skip

# -- telephony -----------------------------------------------------------------------------------------
agent_endpoints = Table(
    "agent_endpoints", metadata, Column("agent_id", Uuid, primary_key=True), Column("domain", Text), Column("endpoint", Text),
    Column("kind", Text), Column("secret", Text), Column("contact", Text), Column("reachable", Boolean), _at("reachable_since"),
)  # fmt: skip
call_legs = Table(
    "call_legs", metadata, _id(), Column("domain", Text), Column("interaction_id", Uuid), Column("reservation_id", Uuid),
    Column("agent_id", Uuid), Column("role", Text), Column("channel_name", Text), Column("unique_id", Text),
    Column("state", Text), Column("end_reason", Text), Column("hangup_cause", Integer), _at("created_at"), _at("answered_at"),
    _at("ended_at"),
)  # fmt: skip

# -- crm_sync --------------------------------------------------------------------------------------------
customers = Table(
    "customers", metadata, _id(), Column("domain", Text), Column("kind", Text), Column("name", Text),
    Column("form_of_address", Text), Column("language", Text), Column("tier", Text), Column("credit_grade", Text),
    Column("lifecycle", Text), Column("owner_agent_id", Uuid), Column("value_year", Numeric(14, 2)), Column("site", Text),
    Column("facts", JSONB), _at("created_at"), Column("version", Integer),
)  # fmt: skip
customer_identities = Table(
    "customer_identities", metadata, _id(), Column("domain", Text), Column("customer_id", Uuid), Column("kind", Text),
    Column("value", Text), _at("created_at"),
)  # fmt: skip
timeline_entries = Table(
    "timeline_entries", metadata, _id(), Column("domain", Text), Column("customer_id", Uuid), Column("interaction_id", Uuid),
    Column("agent_id", Uuid), Column("kind", Text), _at("at"), Column("title", Text), Column("body", JSONB),
)  # fmt: skip
outcome_codes = Table(
    "outcome_codes", metadata, Column("domain", Text, primary_key=True), Column("code", Text, primary_key=True),
    Column("parent", Text), Column("name_en", Text), Column("name_zh", Text), Column("position", Integer),
    Column("active", Boolean),
)  # fmt: skip
outcomes = Table(
    "outcomes", metadata, Column("interaction_id", Uuid, primary_key=True), Column("domain", Text), Column("customer_id", Uuid),
    Column("agent_id", Uuid), Column("code", Text), Column("note", Text), Column("wrap_up_seconds", Integer), _at("recorded_at"),
)  # fmt: skip
connectors = Table(
    "connectors", metadata, _id(), Column("domain", Text), Column("name", Text), Column("kind", Text), Column("config", JSONB),
    Column("secret", Text), Column("enabled", Boolean),
)  # fmt: skip
outbox = Table(
    "outbox", metadata, _id(), Column("domain", Text), Column("position", BigInteger), Column("kind", Text),
    Column("customer_id", Uuid), Column("interaction_id", Uuid), Column("payload", JSONB), _at("created_at"),
)  # fmt: skip
deliveries = Table(
    "deliveries", metadata, _id(), Column("outbox_id", Uuid), Column("connector_id", Uuid), Column("customer_id", Uuid),
    Column("position", BigInteger), Column("state", Text), Column("attempts", Integer), _at("next_at"), _at("leased_until"),
    Column("last_error", Text), _at("delivered_at"), _at("created_at"),
)  # fmt: skip

# -- web ---------------------------------------------------------------------------------------------------
users = Table(
    "users", metadata, _id(), Column("domain", Text), Column("login", Text), Column("name", Text), Column("role", Text),
    Column("password_hash", Text), Column("agent_id", Uuid), Column("language", Text), Column("theme", Text),
    Column("active", Boolean), _at("created_at"),
)  # fmt: skip
sessions = Table(
    "sessions", metadata, Column("token_hash", LargeBinary, primary_key=True), Column("user_id", Uuid), _at("created_at"),
    _at("expires_at"), _at("seen_at"), Column("csrf_token", Text), Column("address", Text), Column("user_agent", Text),
)  # fmt: skip
