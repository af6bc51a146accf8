-- Opening hours in a time zone of their own. weekly: {"mon": [["08:00", "20:00"], …], …};
-- special_days: {"2026-12-24": [["09:00", "12:00"]], …}; holidays: {"country", "subdivision", "hours": [[…], …]} or null.
create table schedules (
    id uuid primary key, domain text not null references domains, code text not null, time_zone text not null,
    weekly jsonb not null default '{}', special_days jsonb not null default '{}', holidays jsonb, unique (domain, code));

alter table queues
    -- channel to target in seconds; a channel that is missing has target_seconds
    add column targets jsonb not null default '{}',
    add column preferred_skills jsonb not null default '{}',
    add column ring_strategy text not null default 'best' check (ring_strategy in ('best', 'all')),
    add column schedule_id uuid references schedules,
    add column closed_action text not null default 'message' check (closed_action in ('message', 'callback', 'queue')),
    add column closed_queue_id uuid references queues,
    add column full_length int check (full_length > 0),
    add column full_action text not null default 'message' check (full_action in ('message', 'callback', 'queue')),
    add column full_queue_id uuid references queues,
    -- a callback is offered after that wait, or from that estimated wait on; neither: never
    add column callback_after_seconds int check (callback_after_seconds >= 0),
    add column callback_estimate_seconds int check (callback_estimate_seconds > 0),
    add check ((closed_action = 'queue') = (closed_queue_id is not null)),
    add check ((full_action = 'queue') = (full_queue_id is not null));
-- from which wait, estimated wait (seconds) or length on the members of another queue serve it too
create table queue_overflows (
    queue_id uuid not null references queues on delete cascade, position int not null,
    to_queue_id uuid not null references queues, kind text not null check (kind in ('wait', 'estimate', 'length')),
    threshold int not null check (threshold >= 0), primary key (queue_id, position), check (queue_id <> to_queue_id));
-- 1 is served first
alter table queue_memberships add column priority int not null default 1 check (priority between 1 and 9);
-- capacity: channel to how many at once, beside voice; team: whom an agent is compared with
alter table agents add column capacity jsonb not null default '{}', add column team text not null default '';

-- what a (tier, credit grade) gets; grade 'any' holds where the pair has no row of its own; null: by the formula
create table service_policies (
    domain text not null references domains, tier text not null, grade text not null default 'any'
        check (grade in ('any', 'A', 'B', 'C', 'D')),
    position int not null default 0, weight numeric(6, 3) check (weight > 0),
    head_start int check (head_start >= 0),
    target_factor numeric(6, 3) not null default 1 check (target_factor > 0),
    account_manager_seconds int not null default 0 check (account_manager_seconds >= 0),
    last_agent_seconds int not null default 0 check (last_agent_seconds >= 0),
    primary key (domain, tier, grade));
-- no weight, no head start: the engine's formula, which works from the targets
insert into service_policies (domain, tier, position)
select d.id, p.tier, p.position from domains d
cross join (values ('key', 0), ('gold', 1), ('silver', 2), ('standard', 3)) p (tier, position);
-- routing: what of the engine's policy this domain sets otherwise than the formula does
alter table domains add column routing jsonb not null default '{}', add column active boolean not null default true;

-- each policy that the engine has worked by, so that a decision of long ago can be taken again
create table routing_policies (
    domain text not null references domains, version text not null, at timestamptz not null default now(),
    policy jsonb not null, primary key (domain, version));
-- text: the whole configuration after the change, as export writes it; source: what was applied, as it was written
create table configuration_versions (
    domain text not null references domains, version int not null check (version > 0), at timestamptz not null,
    author text not null, note text not null default '', text text not null, source text,
    changes jsonb not null default '[]', primary key (domain, version));

-- tier, credit_grade, account_manager_id, last_agent_id: as they were when the interaction was opened
alter table interactions
    add column kind text not null default 'live' check (kind in ('live', 'callback', 'follow_up')),
    add column tier text not null default 'standard', add column credit_grade text,
    add column account_manager_id uuid, add column last_agent_id uuid,
    add column preferred_skills jsonb not null default '{}', add column demanded_agents uuid[],
    add column target_seconds int check (target_seconds > 0), add column due_at timestamptz,
    add column attempts int not null default 0;
-- rung in vain in a row, since the last answer
alter table agent_states add column missed int not null default 0;
-- together: one of several offers of an interaction that rings at all members; whoever answers first has it
alter table reservations add column together boolean not null default false;
drop index reservations_live_interaction;
create unique index reservations_live_interaction on reservations (interaction_id)
    where released_at is null and not together;
create unique index reservations_taken_interaction on reservations (interaction_id)
    where released_at is null and state = 'accepted' and together;
