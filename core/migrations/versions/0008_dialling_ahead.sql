-- whether a customer is called when an agent has picked up, or when one is forecast free
alter table queues
    add column callback_dial text not null default 'agent_first' check (callback_dial in ('agent_first', 'ahead'));
