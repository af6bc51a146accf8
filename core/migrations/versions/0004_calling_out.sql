alter table queues
    -- a customer to be called who does not answer is called again so often in all, after that pause
    add column callback_attempts int not null default 3 check (callback_attempts between 1 and 20),
    add column callback_pause_seconds int not null default 300 check (callback_pause_seconds between 10 and 86400);
-- demanded_agents serve it until then, thereafter everybody in the queue; null: for ever
alter table interactions add column demanded_until timestamptz;
-- a number of one agent: for so long only he is rung, then everybody in the queue
alter table entry_numbers
    add column agent_id uuid references agents, add column agent_seconds int not null default 30 check (agent_seconds > 0),
    add check (agent_id is null or queue_id is not null);
