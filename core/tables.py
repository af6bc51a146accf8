"""Every table, and the one package that writes it. Migrations make them; this describes them to the code."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger, Boolean, Column, DateTime, Integer, LargeBinary, MetaData, Numeric, Table, Text, Uuid,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData()


def _id(name: str = "id") -> Column[object]:
    return Column(name, Uuid, primary_key=True)


def _at(name: str, *, nullable: bool = True) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


# -- core ----------------------------------------------------------------------------------------
domains = Table(
    "domains", metadata, Column("id", Text, primary_key=True), Column("name", Text), Column("time_zone", Text),
    Column("epoch", BigInteger), Column("writer", Text), _at("writer_since"), _at("writer_seen_at"),
    Column("routing", JSONB), Column("active", Boolean),
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
    _at("ended_at"), _at("wrap_up_until"), _at("closed_at"), Column("kind", Text), Column("tier", Text),
    Column("credit_grade", Text), Column("account_manager_id", Uuid), Column("last_agent_id", Uuid),
    Column("preferred_skills", JSONB), Column("demanded_agents", ARRAY(Uuid)), Column("target_seconds", Integer),
    _at("due_at"), Column("attempts", Integer), _at("demanded_until"),
)  # fmt: skip

# -- configuration: written by crm_sync's seed and by routing/configuration -------------------------
agents = Table(
    "agents", metadata, _id(), Column("domain", Text), Column("code", Text), Column("name", Text),
    Column("voice_capacity", Integer), Column("active", Boolean), Column("capacity", JSONB), Column("team", Text),
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
    Column("wrap_up_seconds", Integer), Column("target_seconds", Integer), Column("active", Boolean), Column("targets", JSONB),
    Column("preferred_skills", JSONB), Column("ring_strategy", Text), Column("schedule_id", Uuid), Column("closed_action", Text),
    Column("closed_queue_id", Uuid), Column("full_length", Integer), Column("full_action", Text), Column("full_queue_id", Uuid),
    Column("callback_after_seconds", Integer), Column("callback_estimate_seconds", Integer),
    Column("callback_attempts", Integer), Column("callback_pause_seconds", Integer), Column("callback_dial", Text),
    Column("closed_waiting", Boolean), Column("full_estimate_seconds", Integer), Column("announce", JSONB(none_as_null=True)),
    Column("closed_message", JSONB(none_as_null=True)), Column("full_message", JSONB(none_as_null=True)),
)  # fmt: skip
queue_overflows = Table(
    "queue_overflows", metadata, Column("queue_id", Uuid, primary_key=True), Column("position", Integer, primary_key=True),
    Column("to_queue_id", Uuid), Column("kind", Text), Column("threshold", Integer),
)  # fmt: skip
queue_memberships = Table(
    "queue_memberships", metadata, Column("queue_id", Uuid, primary_key=True), Column("agent_id", Uuid, primary_key=True),
    Column("priority", Integer),
)  # fmt: skip
schedules = Table(
    "schedules", metadata, _id(), Column("domain", Text), Column("code", Text), Column("time_zone", Text),
    Column("weekly", JSONB), Column("special_days", JSONB), Column("holidays", JSONB(none_as_null=True)),
)  # fmt: skip
service_policies = Table(
    "service_policies", metadata, Column("domain", Text, primary_key=True), Column("tier", Text, primary_key=True),
    Column("grade", Text, primary_key=True), Column("position", Integer), Column("weight", Numeric(6, 3)),
    Column("head_start", Integer), Column("target_factor", Numeric(6, 3)), Column("account_manager_seconds", Integer),
    Column("last_agent_seconds", Integer),
)  # fmt: skip
routing_policies = Table(
    "routing_policies", metadata, Column("domain", Text, primary_key=True), Column("version", Text, primary_key=True), _at("at"),
    Column("policy", JSONB),
)  # fmt: skip
configuration_versions = Table(
    "configuration_versions", metadata, Column("domain", Text, primary_key=True), Column("version", Integer, primary_key=True),
    _at("at"), Column("author", Text), Column("note", Text), Column("text", Text), Column("source", Text), Column("changes", JSONB),
)  # fmt: skip
entry_numbers = Table(  # a called number leads to a menu, or straight to a queue
    "entry_numbers", metadata, Column("number", Text, primary_key=True), Column("domain", Text), Column("menu", Text),
    Column("queue_id", Uuid), Column("language", Text), Column("name", Text), Column("agent_id", Uuid),
    Column("agent_seconds", Integer),
)  # fmt: skip

# -- routing -----------------------------------------------------------------------------------------
agent_states = Table(
    "agent_states", metadata, Column("agent_id", Uuid, primary_key=True), Column("domain", Text), Column("presence", Text),
    Column("presence_reason", Text), _at("presence_since"), Column("work_state", Text), _at("work_since"),
    Column("interaction_id", Uuid), _at("idle_since"), _at("wrap_up_until"), Column("version", Integer),
    Column("missed", Integer), Column("load", JSONB),
)  # fmt: skip
reservations = Table(
    "reservations", metadata, _id(), Column("domain", Text), Column("interaction_id", Uuid), Column("agent_id", Uuid),
    Column("queue_id", Uuid), Column("channel", Text), Column("state", Text), Column("epoch", BigInteger), _at("created_at"),
    _at("deadline_at"), _at("decided_at"), _at("released_at"), Column("decision", JSONB), Column("together", Boolean),
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

channel_accounts = Table(  # an address of ours on a channel: a number, a mailbox, the key of a chat widget
    "channel_accounts", metadata, _id(), Column("domain", Text), Column("channel", Text), Column("address", Text),
    Column("name", Text), Column("queue_id", Uuid), Column("provider", Text), Column("settings", JSONB),
    Column("per_second", Numeric(8, 3)), _at("next_at"), Column("active", Boolean),
)  # fmt: skip
conversations = Table(  # a thread with one customer; ``key`` is his address, of e-mail the thread
    "conversations", metadata, _id(), Column("domain", Text), Column("account_id", Uuid), Column("channel", Text),
    Column("key", Text), Column("address", Text), Column("customer_id", Uuid), Column("subject", Text), Column("language", Text),
    Column("interaction_id", Uuid), Column("last_agent_id", Uuid), Column("newest", Integer), _at("last_message_at"),
    _at("last_inbound_at"), _at("unanswered_since"), _at("warned_at"), Column("settings", JSONB), _at("created_at"),
    Column("version", Integer), Column("seen", Integer),
)  # fmt: skip
messages = Table(
    "messages", metadata, _id(), Column("domain", Text), Column("conversation_id", Uuid), Column("account_id", Uuid),
    Column("interaction_id", Uuid), Column("seq", Integer), Column("direction", Text), Column("author", Text),
    Column("agent_id", Uuid), Column("body", Text), Column("details", JSONB), Column("state", Text), Column("error", Text),
    Column("external_id", Text), Column("client_id", Uuid), _at("at"), _at("state_at"), _at("next_at"), _at("leased_until"),
    Column("attempts", Integer),
)  # fmt: skip
message_files = Table(
    "message_files", metadata, _id(), Column("message_id", Uuid), Column("position", Integer), Column("name", Text),
    Column("content_type", Text), Column("size", Integer), Column("source", Text), Column("state", Text), Column("reason", Text),
    Column("content", LargeBinary), Column("attempts", Integer), _at("next_at"),
)  # fmt: skip
uploads = Table(  # files that an agent has picked for a message not sent yet
    "uploads", metadata, _id(), Column("domain", Text), Column("conversation_id", Uuid), Column("user_id", Uuid),
    Column("name", Text), Column("content_type", Text), Column("content", LargeBinary), _at("created_at"),
)  # fmt: skip
channel_inbox = Table(  # webhooks as they came, until they are worked off
    "channel_inbox", metadata, Column("position", BigInteger, primary_key=True), Column("domain", Text), Column("account_id", Uuid),
    Column("kind", Text), Column("external_id", Text), Column("payload", JSONB), _at("received_at"), _at("next_at"),
    _at("done_at"), Column("attempts", Integer), Column("error", Text),
)  # fmt: skip
mail_positions = Table(  # how far a mailbox has been read, by the numbers that its server gives
    "mail_positions", metadata, Column("account_id", Uuid, primary_key=True), Column("folder", Text, primary_key=True),
    Column("uid_validity", BigInteger), Column("uid", BigInteger), _at("read_at"),
)  # fmt: skip
channel_optouts = Table(
    "channel_optouts", metadata, Column("account_id", Uuid, primary_key=True), Column("address", Text, primary_key=True),
    Column("keyword", Text), _at("at"),
)  # fmt: skip
canned_replies = Table(
    "canned_replies", metadata, _id(), Column("domain", Text), Column("code", Text), Column("language", Text),
    Column("queue_id", Uuid), Column("text", Text), Column("active", Boolean),
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
