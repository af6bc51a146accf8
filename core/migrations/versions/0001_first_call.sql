-- What matters is a constraint here, so that no process can get it wrong.
create table domains (
    id text primary key, name text not null default '', time_zone text not null default 'Asia/Shanghai',
    epoch bigint not null default 0, writer text, writer_since timestamptz, writer_seen_at timestamptz);
insert into domains (id) values ('main');
-- lets one statement refuse itself as a whole: raises HT001 with the code as its message
create function demand(ok boolean, code text) returns boolean language plpgsql as $$
begin if ok is not true then raise exception using errcode = 'HT001', message = code; end if; return true; end $$;

create table event_log (
    position bigint generated always as identity primary key, id uuid not null unique, domain text not null,
    name text not null, at timestamptz not null, actor text not null, interaction_id uuid, agent_id uuid,
    payload jsonb not null);
create index event_log_interaction on event_log (interaction_id, position) where interaction_id is not null;
create table event_unpublished (position bigint primary key, at timestamptz not null default now());

create table agents (
    id uuid primary key, domain text not null references domains, code text not null, name text not null,
    voice_capacity int not null default 1 check (voice_capacity between 0 and 1), active boolean not null default true,
    unique (domain, code));
create table skills (
    id uuid primary key, domain text not null references domains, code text not null, name_en text not null,
    name_zh text not null, unique (domain, code));
create table agent_skills (
    agent_id uuid not null references agents on delete cascade, skill_id uuid not null references skills on delete cascade,
    level int not null check (level between 1 and 5), primary key (agent_id, skill_id));
create table queues (
    id uuid primary key, domain text not null references domains, code text not null, name_en text not null,
    name_zh text not null, required_skills jsonb not null default '{}', priority int not null default 0,
    ring_seconds int not null default 20 check (ring_seconds between 3 and 120),
    wrap_up_seconds int not null default 30 check (wrap_up_seconds between 0 and 3600),
    target_seconds int not null default 20 check (target_seconds > 0), active boolean not null default true,
    unique (domain, code));
create table queue_memberships (
    queue_id uuid not null references queues on delete cascade, agent_id uuid not null references agents on delete cascade,
    primary key (queue_id, agent_id));
create index queue_memberships_agent on queue_memberships (agent_id);
create table entry_numbers (
    number text primary key, domain text not null references domains, menu text, queue_id uuid references queues,
    language text not null default 'en', name text not null default '',
    check ((menu is null) <> (queue_id is null)));

create table customers (
    id uuid primary key, domain text not null references domains, kind text not null default 'person' check (kind in ('person', 'company')),
    name text not null, form_of_address text not null default '', language text, tier text not null default 'standard',
    credit_grade text check (credit_grade in ('A', 'B', 'C', 'D')), lifecycle text not null default 'prospect',
    owner_agent_id uuid references agents, value_year numeric(14, 2), site text, facts jsonb not null default '{}',
    created_at timestamptz not null default now(), version int not null default 1);
create index customers_name on customers (domain, lower(name) text_pattern_ops);
create table customer_identities (
    id uuid primary key, domain text not null references domains, customer_id uuid not null references customers,
    kind text not null check (kind in ('phone', 'email', 'handle')), value text not null check (value <> ''),
    created_at timestamptz not null default now(), unique (domain, kind, value));
create index customer_identities_value on customer_identities (domain, kind, value text_pattern_ops);
create index customer_identities_customer on customer_identities (customer_id);

create table interactions (
    id uuid primary key, domain text not null references domains, channel text not null,
    state text not null check (state in ('new', 'in_menu', 'queued', 'offered', 'active', 'held', 'wrapping', 'closed')),
    version int not null default 1, customer_id uuid not null references customers, address_kind text not null,
    address text not null, caller_name text not null default '', called_number text not null default '',
    language text not null default 'en', menu text, menu_path jsonb not null default '[]', queue_id uuid references queues,
    priority int not null default 0, priority_boost int not null default 0, required_skills jsonb not null default '{}',
    agent_id uuid references agents, reservation_id uuid, end_reason text, created_at timestamptz not null,
    queued_at timestamptz, answered_at timestamptz, ended_at timestamptz, wrap_up_until timestamptz, closed_at timestamptz,
    check (state not in ('queued', 'offered') or (queue_id is not null and queued_at is not null)),
    check (state not in ('active', 'held', 'wrapping') or agent_id is not null),
    check (state not in ('wrapping', 'closed') or end_reason is not null));
create index interactions_live on interactions (domain, state) where state <> 'closed';
create index interactions_closed on interactions (closed_at) where state = 'closed';
create index interactions_customer on interactions (customer_id, created_at desc);
create index interactions_queued on interactions (domain, queued_at) where queued_at is not null;

create table agent_states (
    agent_id uuid primary key references agents, domain text not null references domains,
    presence text not null default 'offline' check (presence in ('available', 'away', 'offline')), presence_reason text,
    presence_since timestamptz not null default now(),
    work_state text not null default 'idle' check (work_state in ('idle', 'reserved', 'engaged', 'wrapping')),
    work_since timestamptz not null default now(), interaction_id uuid references interactions, idle_since timestamptz not null default now(),
    wrap_up_until timestamptz, version int not null default 1,
    check ((presence = 'away') = (presence_reason is not null)), check ((work_state = 'idle') = (interaction_id is null)));
create table reservations (
    id uuid primary key, domain text not null references domains, interaction_id uuid not null references interactions,
    agent_id uuid not null references agents, queue_id uuid not null references queues, channel text not null,
    state text not null check (state in ('pending', 'accepted', 'rejected', 'expired', 'rescinded')), epoch bigint not null,
    created_at timestamptz not null, deadline_at timestamptz not null, decided_at timestamptz, released_at timestamptz,
    decision jsonb not null default '{}', check ((state in ('pending', 'accepted')) or released_at is not null));
-- one live reservation an interaction; one live call an agent
create unique index reservations_live_interaction on reservations (interaction_id) where released_at is null;
create unique index reservations_live_agent on reservations (agent_id) where released_at is null and channel = 'voice';
create index reservations_interaction on reservations (interaction_id);

create table agent_endpoints (
    agent_id uuid primary key references agents, domain text not null references domains, endpoint text not null unique,
    kind text not null check (kind in ('webrtc', 'sip')), secret text not null default '', contact text not null default '',
    reachable boolean not null default false, reachable_since timestamptz not null default now());
create table call_legs (
    id uuid primary key, domain text not null references domains, interaction_id uuid not null references interactions,
    reservation_id uuid, agent_id uuid, role text not null check (role in ('customer', 'agent')), channel_name text not null,
    unique_id text not null unique, state text not null check (state in ('ringing', 'up', 'ended', 'failed')), end_reason text,
    hangup_cause int, created_at timestamptz not null, answered_at timestamptz, ended_at timestamptz);
create index call_legs_interaction on call_legs (interaction_id);
create index call_legs_live on call_legs (domain) where state in ('ringing', 'up');
create unique index call_legs_reservation on call_legs (reservation_id) where reservation_id is not null;

create table timeline_entries (
    id uuid primary key, domain text not null references domains, customer_id uuid not null references customers,
    interaction_id uuid, agent_id uuid, kind text not null, at timestamptz not null, title text not null,
    body jsonb not null default '{}');
create index timeline_entries_customer on timeline_entries (customer_id, at desc);
create unique index timeline_entries_interaction on timeline_entries (interaction_id) where kind = 'call';
create table outcome_codes (
    domain text not null references domains, code text not null, parent text, name_en text not null, name_zh text not null,
    position int not null default 0, active boolean not null default true, primary key (domain, code));
create table outcomes (
    interaction_id uuid primary key references interactions, domain text not null, customer_id uuid not null references customers,
    agent_id uuid not null references agents, code text not null, note text not null default '',
    wrap_up_seconds int not null default 0, recorded_at timestamptz not null,
    foreign key (domain, code) references outcome_codes);
create table connectors (
    id uuid primary key, domain text not null references domains, name text not null, kind text not null,
    config jsonb not null default '{}', secret text not null default '', enabled boolean not null default true,
    unique (domain, name));
create table outbox (
    id uuid primary key, domain text not null references domains, position bigint generated always as identity,
    kind text not null, customer_id uuid, interaction_id uuid, payload jsonb not null, created_at timestamptz not null);
create index outbox_interaction on outbox (interaction_id);
create table deliveries (
    id uuid primary key, outbox_id uuid not null references outbox, connector_id uuid not null references connectors,
    customer_id uuid, position bigint not null, state text not null default 'pending' check (state in ('pending', 'delivered', 'dead')),
    attempts int not null default 0, next_at timestamptz not null default now(), leased_until timestamptz, last_error text,
    delivered_at timestamptz, created_at timestamptz not null default now(), unique (outbox_id, connector_id));
create index deliveries_due on deliveries (next_at) where state = 'pending';
create index deliveries_order on deliveries (connector_id, customer_id, position) where state = 'pending';

create table users (
    id uuid primary key, domain text not null references domains, login text not null, name text not null,
    role text not null check (role in ('agent', 'supervisor', 'administrator')), password_hash text not null,
    agent_id uuid references agents, language text not null default 'en', theme text not null default 'system',
    active boolean not null default true, created_at timestamptz not null default now(), unique (login),
    check (role <> 'agent' or agent_id is not null));
create table sessions (
    token_hash bytea primary key, user_id uuid not null references users on delete cascade, created_at timestamptz not null,
    expires_at timestamptz not null, seen_at timestamptz not null, csrf_token text not null, address text, user_agent text);
create index sessions_user on sessions (user_id);
