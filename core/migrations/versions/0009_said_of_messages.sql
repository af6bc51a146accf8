-- What customers and agents have said of messages, for a writer that takes over, without reading every event of each.
create index event_log_said on event_log (interaction_id)
    where name in ('conversation.left', 'reservation.accept_requested', 'reservation.decline_requested');
