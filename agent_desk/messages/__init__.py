"""What agents and supervisors do with messages: read, write, take, end, give away."""
