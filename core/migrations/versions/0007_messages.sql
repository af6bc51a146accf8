alter table agent_states add column load jsonb not null default '{}';
create table channel_accounts (
    id uuid primary key, domain text not null references domains,
    channel text not null check (channel in ('sms', 'whatsapp', 'chat', 'email')), address text not null check (address <> ''),
    name text not null default '', queue_id uuid references queues,
    provider text not null default 'console' check (provider in ('console', 'twilio', 'widget', 'mail')),
    settings jsonb not null default '{}', per_second numeric(8, 3) not null default 1 check (per_second > 0),
    next_at timestamptz not null default '-infinity', active boolean not null default true, unique (channel, address));
create table conversations (
    id uuid primary key, domain text not null references domains, account_id uuid not null references channel_accounts,
    channel text not null, key text not null check (key <> ''), address text not null, customer_id uuid not null references customers,
    subject text not null default '', language text, interaction_id uuid references interactions,
    last_agent_id uuid references agents, newest int not null default 0,
    last_message_at timestamptz, last_inbound_at timestamptz, unanswered_since timestamptz,
    warned_at timestamptz, settings jsonb not null default '{}', created_at timestamptz not null default now(),
    version int not null default 1, unique (account_id, key));
create index conversations_customer on conversations (customer_id, last_message_at);
create index conversations_interaction on conversations (interaction_id) where interaction_id is not null;
create index conversations_unanswered on conversations (unanswered_since) where unanswered_since is not null;
create table messages (
    id uuid primary key, domain text not null references domains, conversation_id uuid not null references conversations,
    account_id uuid not null references channel_accounts, interaction_id uuid references interactions, seq int not null,
    direction text not null check (direction in ('in', 'out')), author text not null check (author in ('customer', 'agent', 'system')),
    agent_id uuid references agents, body text not null default '', details jsonb not null default '{}',
    state text not null check (state in ('received', 'queued', 'sending', 'sent', 'delivered', 'read', 'failed')),
    error text, external_id text, client_id uuid, at timestamptz not null, state_at timestamptz not null default now(),
    next_at timestamptz, leased_until timestamptz, attempts int not null default 0,
    unique (conversation_id, seq), check ((direction = 'in') = (state = 'received')),
    check ((author = 'customer') = (direction = 'in')));
create unique index messages_external on messages (account_id, external_id) where external_id is not null;
create unique index messages_client on messages (conversation_id, client_id) where client_id is not null;
create index messages_outgoing on messages (account_id, next_at) where state in ('queued', 'sending');
create table message_files (
    id uuid primary key, message_id uuid not null references messages, position int not null, name text not null,
    content_type text not null, size int, source text,
    state text not null check (state in ('waiting', 'stored', 'refused')), reason text, content bytea,
    attempts int not null default 0, next_at timestamptz, unique (message_id, position));
create index message_files_waiting on message_files (next_at) where state = 'waiting';
create table channel_inbox (
    position bigint generated always as identity primary key, domain text not null references domains,
    account_id uuid not null references channel_accounts, kind text not null check (kind in ('message', 'status')),
    external_id text not null, payload jsonb not null, received_at timestamptz not null default now(),
    next_at timestamptz not null default now(), done_at timestamptz, attempts int not null default 0, error text,
    unique (account_id, kind, external_id));
create index channel_inbox_open on channel_inbox (position) where done_at is null;
create table channel_optouts (
    account_id uuid not null references channel_accounts, address text not null, keyword text not null,
    at timestamptz not null default now(), primary key (account_id, address));
create table canned_replies (
    id uuid primary key, domain text not null references domains, code text not null, language text not null,
    queue_id uuid references queues, text text not null check (text <> ''), active boolean not null default true,
    unique (domain, code, language))
