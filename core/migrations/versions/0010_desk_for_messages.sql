alter table conversations add column seen int not null default 0;
create table uploads (
    id uuid primary key, domain text not null references domains, conversation_id uuid not null references conversations,
    user_id uuid not null references users, name text not null, content_type text not null, content bytea not null,
    created_at timestamptz not null default now());
create index uploads_created on uploads (created_at);
create index messages_interaction on messages (interaction_id) where interaction_id is not null;
create unique index timeline_entries_message on timeline_entries (interaction_id) where kind = 'message';
