"""What the writer reads, in SQL: every row that is live is found by an index, however much has been before."""

from __future__ import annotations

MISSING_STATES = """
insert into agent_states (agent_id, domain)
select a.id, a.domain from agents a where a.domain = $1
  and not exists (select 1 from agent_states s where s.agent_id = a.id)
on conflict do nothing
"""
QUEUES = """
select id, required_skills, preferred_skills, priority, target_seconds, targets, ring_seconds, wrap_up_seconds, active,
       ring_strategy, callback_attempts, callback_pause_seconds, callback_dial
from queues where domain = $1
"""
OVERFLOWS = """
select o.queue_id, o.to_queue_id, o.kind, o.threshold from queue_overflows o join queues q on q.id = o.queue_id
where q.domain = $1 order by o.queue_id, o.position
"""
AGENTS = """
select s.*, a.active, a.voice_capacity, a.capacity, a.team, coalesce(e.reachable, false) as reachable,
       array(select m.queue_id from queue_memberships m where m.agent_id = s.agent_id order by m.queue_id) as queues,
       array(select m.priority from queue_memberships m where m.agent_id = s.agent_id order by m.queue_id) as places,
       array(select k.code from agent_skills x join skills k on k.id = x.skill_id
             where x.agent_id = s.agent_id order by k.id) as skill_codes,
       array(select x.level from agent_skills x join skills k on k.id = x.skill_id
             where x.agent_id = s.agent_id order by k.id) as skill_levels
from agent_states s join agents a on a.id = s.agent_id left join agent_endpoints e on e.agent_id = s.agent_id
where s.domain = $1
"""
ALL_AGENTS = """
with q as (
    select m.agent_id, array_agg(m.queue_id order by m.queue_id) as queues,
           array_agg(m.priority order by m.queue_id) as places
    from agents a join queue_memberships m on m.agent_id = a.id where a.domain = $1 group by m.agent_id),
k as (
    select x.agent_id, array_agg(k.code order by k.id) as skill_codes, array_agg(x.level order by k.id) as skill_levels
    from skills k join agent_skills x on x.skill_id = k.id where k.domain = $1 group by x.agent_id)
select s.*, a.active, a.voice_capacity, a.capacity, a.team, coalesce(e.reachable, false) as reachable,
       coalesce(q.queues, '{}') as queues, coalesce(q.places, '{}') as places,
       coalesce(k.skill_codes, '{}') as skill_codes, coalesce(k.skill_levels, '{}') as skill_levels
from agent_states s join agents a on a.id = s.agent_id left join agent_endpoints e on e.agent_id = s.agent_id
left join q on q.agent_id = s.agent_id left join k on k.agent_id = s.agent_id
where s.domain = $1
"""
"""The same of all agents, in a fraction of the time."""
ITEMS = """
select i.*, array(select r.agent_id from reservations r where r.interaction_id = i.id and r.state = 'rejected'
                  and r.decided_at > now() - $2::interval) as excluded,
       (select max(r.decided_at) + $2::interval from reservations r
        where r.interaction_id = i.id and r.state = 'rejected') as excluded_until,
       case when i.due_at > now() then i.due_at end as rests_until,
       case when i.demanded_until is null or i.demanded_until > now() then i.demanded_agents end as demanded,
       c.tier as present_tier, c.credit_grade as present_grade, c.owner_agent_id
from interactions i join customers c on c.id = i.customer_id
where i.domain = $1 and i.state <> 'closed' and i.state in ('queued', 'offered', 'active', 'held', 'wrapping')
"""
LEGS = """
select l.*, coalesce(l.ended_at, l.answered_at, l.created_at) as at,
       exists (select 1 from call_legs c where c.interaction_id = i.id and c.role = 'customer'
               and c.state in ('ringing', 'up')) as customer_is_up
from interactions i join call_legs l on l.interaction_id = i.id
where i.domain = $1 and i.state <> 'closed' and i.state in ('queued', 'offered', 'active', 'held')
  and (l.state in ('ended', 'failed') or (l.state = 'up' and (l.role = 'agent' or i.kind <> 'live')))
order by at
"""
SAID = """
select l.name, l.payload::text as payload
from interactions i join event_log l on l.interaction_id = i.id
where i.domain = $1 and i.state <> 'closed' and i.state in ('queued', 'offered', 'active', 'held')
  and i.channel <> 'voice'
  and l.name in ('conversation.left', 'reservation.accept_requested', 'reservation.decline_requested')
order by l.position
"""
"""Of live messages: what their customers and agents have said that stands in no other table."""
MANY_ROWS = """
set local enable_hashjoin = on; set local enable_seqscan = on; set local plan_cache_mode = force_custom_plan
"""
FEW_ROWS = """
set local enable_hashjoin = off; set local enable_seqscan = off; set local plan_cache_mode = force_generic_plan
"""
"""For ``ALL_AGENTS``, and back. Never for calls: a plan made while their tables are empty would read them whole."""
POLICIES = "select * from service_policies where domain = $1 order by position, tier, grade"
TUNING = "select routing from domains where id = $1"
KEEP_POLICY = """
insert into routing_policies (domain, version, policy) select $1, $2, $3::text::jsonb
where not exists (select 1 from routing_policies where domain = $1 and version = $2) on conflict do nothing
"""
LIVE_RESERVATIONS = """
select * from reservations where domain = $1 and released_at is null and channel = 'voice'
union all
select r.* from interactions i join reservations r on r.interaction_id = i.id
where i.domain = $1 and i.state <> 'closed' and i.state in ('queued', 'offered', 'active', 'held', 'wrapping')
  and r.released_at is null and r.channel <> 'voice'
"""
"""By the indexes of what is live: the table keeps all that ever were."""
SOME_AGENTS = AGENTS + " and s.agent_id = any($2)"
SOME_ITEMS = ITEMS + " and i.id = any($3)"
SOME_RESERVATIONS = """
select * from reservations where domain = $1 and released_at is null and interaction_id = any($2)
union all
select * from reservations where domain = $1 and released_at is null and agent_id = any($3) and channel = 'voice'
  and interaction_id <> all($2)
"""
ONE_RESERVATION = "select * from reservations where domain = $1 and id = $2"
CUSTOMER_LEGS_UP = """
select interaction_id from call_legs
where interaction_id = any($1::uuid[]) and role = 'customer' and state in ('ringing', 'up')
"""
