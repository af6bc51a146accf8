-- Each reference is a query of its own at every insert, and one to domains locks the row that the writer's heartbeat
-- changes. What stays: whose interaction a reservation and a leg belong to, whose customer, which agent, which queue.
alter table interactions drop constraint interactions_domain_fkey, drop constraint interactions_agent_id_fkey;
alter table reservations drop constraint reservations_domain_fkey, drop constraint reservations_queue_id_fkey;
alter table agent_states drop constraint agent_states_domain_fkey, drop constraint agent_states_interaction_id_fkey;
alter table call_legs drop constraint call_legs_domain_fkey;
