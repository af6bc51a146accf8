alter table queues
    -- closing time: whoever waits already is served, or gets what comes too late
    add column closed_waiting boolean not null default false,
    -- full from that estimated wait on, in seconds; null: however long it is
    add column full_estimate_seconds int check (full_estimate_seconds > 0),
    -- what callers hear while they wait: {"after_seconds", "every_seconds", "say": "position", "wait" or "both"}; null: music only
    add column announce jsonb;
