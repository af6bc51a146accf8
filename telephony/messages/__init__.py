"""Messages of every channel: one thread with a customer, what he writes, what we write, and how far that has got."""
