"""The statements that write a configuration: $1 is the domain, $2 rows as JSON or codes."""

from __future__ import annotations

DOMAIN = "insert into domains (id) values ($1) on conflict do nothing"
LOCK = "select pg_advisory_xact_lock(hashtext('hotline configuration'), hashtext($1))"
COMPANY = """
insert into domains (id, name, time_zone) values ($1, $2, $3)
on conflict (id) do update set name = excluded.name, time_zone = excluded.time_zone
"""
TUNING = "update domains set routing = $2::text::jsonb where id = $1"
SKILLS = """
insert into skills (id, domain, code, name_en, name_zh)
select id, $1, code, en, zh from json_to_recordset($2::json) as t (id uuid, code text, en text, zh text)
on conflict (domain, code) do update set name_en = excluded.name_en, name_zh = excluded.name_zh
"""

NO_SKILLS = "delete from skills where domain = $1 and code = any($2)"
SCHEDULES = """
insert into schedules (id, domain, code, time_zone, weekly, special_days, holidays)
select id, $1, code, time_zone, weekly, special_days, nullif(holidays, 'null')
from json_to_recordset($2::json) as t (
    id uuid, code text, time_zone text, weekly jsonb, special_days jsonb, holidays jsonb)
on conflict (domain, code) do update set time_zone = excluded.time_zone, weekly = excluded.weekly,
    special_days = excluded.special_days, holidays = excluded.holidays
"""
NO_SCHEDULES = """
with gone as (select id from schedules where domain = $1 and code = any($2)),
     freed as (update queues set schedule_id = null where not active and schedule_id in (select id from gone))
delete from schedules where id in (select id from gone)
"""
# where a queue leads is written when all queues are there
QUEUES = """
insert into queues (id, domain, code, name_en, name_zh, required_skills, preferred_skills, priority, ring_seconds,
    ring_strategy, wrap_up_seconds, target_seconds, targets, schedule_id, full_length, callback_after_seconds,
    callback_estimate_seconds, callback_attempts, callback_pause_seconds, closed_waiting, full_estimate_seconds,
    announce, callback_dial, active)
select t.id, $1, t.code, name_en, name_zh, required_skills, preferred_skills, priority, ring_seconds, ring_strategy,
    wrap_up_seconds, target_seconds, targets, s.id, full_length, callback_after_seconds, callback_estimate_seconds,
    callback_attempts, callback_pause_seconds, closed_waiting, full_estimate_seconds, nullif(announce, 'null'),
    callback_dial, true
from json_to_recordset($2::json) as t (
    id uuid, code text, name_en text, name_zh text, required_skills jsonb, preferred_skills jsonb, priority int,
    ring_seconds int, ring_strategy text, wrap_up_seconds int, target_seconds int, targets jsonb, hours text,
    full_length int, callback_after_seconds int, callback_estimate_seconds int, callback_attempts int,
    callback_pause_seconds int, closed_waiting boolean, full_estimate_seconds int, announce jsonb,
    callback_dial text)
left join schedules s on s.domain = $1 and s.code = t.hours
on conflict (domain, code) do update set name_en = excluded.name_en, name_zh = excluded.name_zh,
    required_skills = excluded.required_skills, preferred_skills = excluded.preferred_skills,
    priority = excluded.priority, ring_seconds = excluded.ring_seconds, ring_strategy = excluded.ring_strategy,
    wrap_up_seconds = excluded.wrap_up_seconds, target_seconds = excluded.target_seconds, targets = excluded.targets,
    schedule_id = excluded.schedule_id, full_length = excluded.full_length,
    callback_after_seconds = excluded.callback_after_seconds,
    callback_estimate_seconds = excluded.callback_estimate_seconds,
    callback_attempts = excluded.callback_attempts, callback_pause_seconds = excluded.callback_pause_seconds,
    closed_waiting = excluded.closed_waiting, full_estimate_seconds = excluded.full_estimate_seconds,
    announce = excluded.announce, callback_dial = excluded.callback_dial, active = true
"""
DIVERSIONS = """
update queues q set closed_action = t.closed_action, closed_queue_id = c.id, full_action = t.full_action,
    full_queue_id = f.id, closed_message = nullif(t.closed_message, 'null'),
    full_message = nullif(t.full_message, 'null')
from json_to_recordset($2::json) as t (
    code text, closed_action text, closed_to text, full_action text, full_to text, closed_message jsonb,
    full_message jsonb)
left join queues c on c.domain = $1 and c.code = t.closed_to left join queues f on f.domain = $1 and f.code = t.full_to
where q.domain = $1 and q.code = t.code
"""
NO_OVERFLOWS = (
    "delete from queue_overflows o using queues q where q.id = o.queue_id and q.domain = $1 and q.code = any($2)"
)
OVERFLOWS = """
insert into queue_overflows (queue_id, position, to_queue_id, kind, threshold)
select q.id, t.position, o.id, t.kind, t.threshold
from json_to_recordset($2::json) as t (code text, position int, goes_to text, kind text, threshold int)
join queues q on q.domain = $1 and q.code = t.code join queues o on o.domain = $1 and o.code = t.goes_to
"""
NO_MEMBERS = (
    "delete from queue_memberships m using queues q where q.id = m.queue_id and q.domain = $1 and q.code = any($2)"
)
NO_QUEUES = "update queues set active = false where domain = $1 and code = any($2)"
AGENTS = """
insert into agents (id, domain, code, name, team, voice_capacity, capacity, active)
select id, $1, code, name, team, voice, capacity, true from json_to_recordset($2::json) as t (
    id uuid, code text, name text, team text, voice int, capacity jsonb)
on conflict (domain, code) do update set name = excluded.name, team = excluded.team,
    voice_capacity = excluded.voice_capacity, capacity = excluded.capacity, active = true
"""
NO_LEVELS = "delete from agent_skills x using agents a where a.id = x.agent_id and a.domain = $1 and a.code = any($2)"
LEVELS = """
insert into agent_skills (agent_id, skill_id, level)
select a.id, k.id, t.level from json_to_recordset($2::json) as t (agent text, skill text, level int)
join agents a on a.domain = $1 and a.code = t.agent join skills k on k.domain = $1 and k.code = t.skill
"""
NO_MEMBERSHIPS = """
delete from queue_memberships m using agents a, queues q
where a.id = m.agent_id and q.id = m.queue_id and q.active and a.domain = $1 and a.code = any($2)
"""
MEMBERSHIPS = """
insert into queue_memberships (queue_id, agent_id, priority)
select q.id, a.id, t.priority from json_to_recordset($2::json) as t (agent text, queue text, priority int)
join agents a on a.domain = $1 and a.code = t.agent join queues q on q.domain = $1 and q.code = t.queue
on conflict (queue_id, agent_id) do update set priority = excluded.priority
"""
NO_AGENTS = "update agents set active = false where domain = $1 and code = any($2)"
NO_POLICIES = "delete from service_policies where domain = $1"
POLICIES = """
insert into service_policies (domain, tier, grade, position, weight, head_start, target_factor,
    account_manager_seconds, last_agent_seconds)
select $1, tier, grade, position, weight, head_start, target_factor, account_manager_seconds, last_agent_seconds
from json_to_recordset($2::json) as t (
    tier text, grade text, position int, weight numeric, head_start int, target_factor numeric,
    account_manager_seconds int, last_agent_seconds int)
"""
