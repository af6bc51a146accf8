-- Who was on duty on a day of the past, without reading all that happened since.
create index event_log_presence on event_log (domain, agent_id, name, at)
    where name in ('agent.presence_changed', 'endpoint.reachability_changed');
