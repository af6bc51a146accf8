"""The demo company: Blue Heron Logistics, which does not exist, with people, queues, customers and a past."""
