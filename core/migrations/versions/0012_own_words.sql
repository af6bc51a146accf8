-- what a queue says in place of our words when it is closed or full: {"en": text, "zh": text}; null: our words
alter table queues add column closed_message jsonb, add column full_message jsonb;
