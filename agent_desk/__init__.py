"""What agents and supervisors see and do: desk, pop, wrap-up, live boards."""
